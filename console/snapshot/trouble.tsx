import type { SnapshotDetails } from '../../sdk/typescript/index.js';
import { Notice } from '../ui/notice.js';
import { remedyOfFailure } from './remedies.js';

/** What went wrong, with what to do, and what a person should know. */
export function Trouble({ snapshot: { status, failure, warnings } }: { snapshot: SnapshotDetails }) {
  return (
    <>
      {status === 'failed' && failure !== null && (
        <Notice tone="bad" title={failure.message}>
          <p className="mt-1 text-ink">{remedyOfFailure(failure)}</p>
        </Notice>
      )}
      {warnings.length > 0 && (
        <Notice tone="warn" title={warnings.length === 1 ? 'Something to know' : `${warnings.length} things to know`}>
          <ul className="mt-1 list-disc pl-5 text-ink">
            {warnings.map(({ code, message }) => (
              <li key={`${code} ${message}`}>{message}</li>
            ))}
          </ul>
        </Notice>
      )}
    </>
  );
}

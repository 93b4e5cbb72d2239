import { Link } from '@tanstack/react-router';
import { SnapbackError } from '../../sdk/typescript/index.js';
import type { Where } from '../snapshot/naming.js';
import { Failed } from '../ui/failed.js';
import { linkLook } from '../ui/link.js';
import { Notice } from '../ui/notice.js';

interface ContentsFailedProps {
  error: unknown;
  /** What is said to be damaged, when that is why. */
  damaged?: string | undefined;
  again: () => void;
  where: Where;
}

/** Why there is nothing to be seen. What is damaged does not become whole by trying again: there are other snapshots. */
export function ContentsFailed({ error, damaged = 'This snapshot is damaged', again, where }: ContentsFailedProps) {
  const { projectId, environmentId } = where;
  if (!(error instanceof SnapbackError) || error.code !== 'snapshot-damaged')
    return <Failed error={error} again={again} />;
  return (
    <Notice tone="bad" title={damaged}>
      <p className="mt-1 text-ink">
        {error.detail}{' '}
        <Link
          to="/projects/$projectId/environments/$environmentId"
          params={{ projectId, environmentId }}
          className={linkLook}
        >
          Other snapshots of this environment
        </Link>
      </p>
    </Notice>
  );
}

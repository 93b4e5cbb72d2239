import { useItemRestoreProgress } from '../api/live.js';
import type { ItemRestore } from '../../sdk/typescript/index.js';
import { LiveProgress } from '../progress/live-progress.js';
import { Failed } from '../ui/failed.js';
import { ITEM_RESTORE_PHASE } from '../ui/words.js';
import { WhereItIs } from './where-it-is.js';

/** What runs, live; where everything is, once it has ended well; what could not be done. */
export function ItemRestoreState({ restore }: { restore: ItemRestore }) {
  const { id, environmentId, status, finding } = restore;
  const runs = status === 'undoing' ? 'undo' : status === 'queued' || status === 'running' ? 'restore' : undefined;
  const { event, error } = useItemRestoreProgress(environmentId, id, runs);
  return (
    <div className="flex flex-col gap-3">
      {error !== undefined && <Failed error={error} />}
      {runs !== undefined && <LiveProgress event={event} phases={ITEM_RESTORE_PHASE} />}
      {finding !== null && (
        <p className="text-sm wrap-anywhere text-ink">
          {finding.message} <code className="font-mono text-xs text-soft">{finding.code}</code>
        </p>
      )}
      {status === 'completed' && <WhereItIs of={restore} />}
    </div>
  );
}

import { useState } from 'react';
import type { SnapshotDetails } from '../../sdk/typescript/index.js';
import { snapback } from '../api/snapback.js';
import { ConfirmDialog } from '../ui/confirm-dialog.js';
import { Notice } from '../ui/notice.js';
import { commandOf, pathOf, titleOf, type Where } from './naming.js';
import type { Neighbours } from './use-neighbours.js';

interface DeleteDialogProps {
  snapshot: SnapshotDetails;
  neighbours: Neighbours | undefined;
  where: Where;
  open: boolean;
  onClose: () => void;
  onDone: () => void;
}

/** Says beforehand what is known to stand against it; what only the service knows, it says when it is asked. */
export function DeleteDialog({ snapshot, neighbours, where, ...dialog }: DeleteDialogProps) {
  const [detach, setDetach] = useState(false);
  const hindrances = hindrancesOf(snapshot);
  const dependents = neighbours?.dependents.length ?? 0;
  const reason =
    hindrances[0] ??
    (dependents > 0 && !detach ? `${differentials(dependents)} on it; say that it may go all the same.` : undefined);
  const base = detach && dependents > 0 ? ({ base: 'detach' } as const) : {};
  return (
    <ConfirmDialog
      {...dialog}
      title={`Delete “${titleOf(snapshot, where.zone)}”?`}
      about="Nobody can go back to it from that moment on, and it cannot be brought back. Its data is removed from the vault in the background."
      verb="Delete it"
      look="danger"
      reason={reason}
      equivalent={{
        command: commandOf('rm', snapshot.id, where, ...('base' in base ? ['--detach'] : [])),
        method: 'DELETE',
        path: `${pathOf(snapshot)}${'base' in base ? '?base=detach' : ''}`,
      }}
      act={() => snapback.snapshots.delete(where.environmentId, snapshot.id, base)}
    >
      {hindrances.length > 0 && (
        <Notice tone="warn" title="It cannot be deleted now">
          <ul className="list-disc pl-5">
            {hindrances.map((hindrance) => (
              <li key={hindrance}>{hindrance}</li>
            ))}
          </ul>
        </Notice>
      )}
      {dependents > 0 && (
        <label className="flex items-start gap-3 text-sm">
          <input
            type="checkbox"
            className="mt-1 size-4 accent-accent"
            checked={detach}
            onChange={({ target }) => setDetach(target.checked)}
          />
          <span>
            {differentials(dependents)} on it. {dependents === 1 ? 'It holds' : 'They hold'} all{' '}
            {dependents === 1 ? 'it needs and stays as it is' : 'they need and stay as they are'}: delete this one all
            the same.
          </span>
        </label>
      )}
    </ConfirmDialog>
  );
}

function differentials(count: number): string {
  return count === 1 ? '1 differential snapshot builds' : `${count} differential snapshots build`;
}

/** Why it would be refused, whatever one says. */
export function hindrancesOf({ status, pinned, pin, rollbackLogs }: SnapshotDetails): string[] {
  const isUsed = rollbackLogs.some((log) => log.status === 'queued' || log.status === 'running');
  return [
    ...(pinned ? [`It is pinned${pin?.reason ? ` (“${pin.reason}”)` : ''}: unpin it first.`] : []),
    ...(status === 'queued' || status === 'running' ? [`It is still ${status}: cancel it first.`] : []),
    ...(isUsed ? ['A rollback uses it: wait for its end, or cancel it.'] : []),
  ];
}

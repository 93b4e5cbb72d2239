import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { itemRestoreViewOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { ItemRestore } from '../../sdk/typescript/index.js';
import { client } from '../api/snapback.js';
import { useWhyNot } from '../session/use-access.js';
import type { Where } from '../snapshot/naming.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { Card } from '../ui/card.js';
import { ITEM_RESTORE_STATUS } from '../ui/words.js';
import type { Wanted } from './items-asked.js';
import { ItemRestoreState } from './item-restore-state.js';
import { RestoreDialog } from './restore-dialog.js';
import { UndoItems } from './undo-items.js';

export interface TakingOut {
  /** Opens the question where it is to go. */
  ask: (wanted: Wanted) => void;
  /** Why nobody is asked. */
  whyNot: string | undefined;
  /** The question, and what becomes of it; above what is chosen from. */
  shown: ReactNode;
}

/** Takes things out of a snapshot, one after the other; what was taken out before is on the page of the environment. */
export function useTakingOut(snapshotId: string, where: Where): TakingOut {
  const [wanted, setWanted] = useState<Wanted>();
  const [begun, setBegun] = useState<ItemRestore>();
  const whyNot = useWhyNot();
  const leave = () => setWanted(undefined);
  return {
    ask: setWanted,
    whyNot: whyNot('rollbacks:write') ?? whyNot('rollbacks:read'),
    shown: (
      <>
        {begun !== undefined && <Begun key={begun.id} begun={begun} where={where} close={() => setBegun(undefined)} />}
        {wanted !== undefined && (
          <RestoreDialog
            {...{ wanted, snapshotId, where }}
            onClose={leave}
            onBegun={(restore) => {
              setBegun(restore);
              leave();
            }}
          />
        )}
      </>
    ),
  };
}

function Begun({ begun, where, close }: { begun: ItemRestore; where: Where; close: () => void }) {
  const queries = useQueryClient();
  const { environmentId } = where;
  const view = itemRestoreViewOptions({ client, path: { environmentId, itemRestoreId: begun.id } });
  const { data: restore = begun } = useQuery(view);
  const { text, tone } = ITEM_RESTORE_STATUS[restore.status];
  const environment = { name: where.environmentName, type: where.environmentType ?? 'production' };
  return (
    <Card
      title={TITLES[restore.status]}
      aside={
        <span className="flex items-center gap-2">
          <span role="status">
            <Badge tone={tone}>{text}</Badge>
          </span>
          <UndoItems
            {...{ restore, environment }}
            onBegun={() => void queries.invalidateQueries({ queryKey: view.queryKey })}
          />
          <Button size="small" look="quiet" onClick={close}>
            Close
          </Button>
        </span>
      }
    >
      <ItemRestoreState restore={restore} />
      {restore.status === 'undone' && restore.finding === null && (
        <p className="text-sm text-soft">Everything is as it was before.</p>
      )}
    </Card>
  );
}

const TITLES: Record<ItemRestore['status'], string> = {
  queued: 'It is being restored',
  running: 'It is being restored',
  completed: 'It is restored',
  failed: 'It was not restored',
  undoing: 'It is being taken back',
  undone: 'It was taken back',
};

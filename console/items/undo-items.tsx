import { useState } from 'react';
import type { ItemRestore } from '../../sdk/typescript/index.js';
import { snapback } from '../api/snapback.js';
import { asksForName, NameToType, whyNotTyped } from '../rollback/name-to-type.js';
import { useWhyNot } from '../session/use-access.js';
import { Button } from '../ui/button.js';
import { ConfirmDialog } from '../ui/confirm-dialog.js';
import { useNow } from '../ui/moment.js';

interface UndoItemsProps {
  restore: ItemRestore;
  environment: { name: string; type: string };
  onBegun: () => void;
}

/** The button that takes it back, as long as that can be done, and the question behind it. */
export function UndoItems({ restore, environment, onBegun }: UndoItemsProps) {
  const [isAsked, setAsked] = useState(false);
  const [typed, setTyped] = useState('');
  const whyNot = useWhyNot();
  const now = useNow();
  const { id, environmentId, status, undoUntil, tables, files } = restore;
  if (status !== 'completed' || undoUntil === null || Date.parse(undoUntil) <= now) return null;
  const close = () => setAsked(false);
  return (
    <>
      <Button size="small" reason={whyNot('rollbacks:write')} onClick={() => setAsked(true)}>
        Undo…
      </Button>
      <ConfirmDialog
        open={isAsked}
        onClose={close}
        title="Take back what was restored?"
        about={[
          ...(files.length > 0
            ? ['Restored files go, and what was in their place comes back; what somebody has changed since stays.']
            : []),
          ...(tables.length > 0 ? ['Restored tables are dropped, with all that was written to them.'] : []),
        ].join(' ')}
        verb="Take it back"
        reason={whyNotTyped(environment, typed)}
        equivalent={{
          command: `snapback items undo ${id.slice(0, 8)} --env ${environmentId} --wait`,
          method: 'POST',
          path: `/environments/${environmentId}/item-restores/${id}/undo`,
        }}
        act={() => snapback.items.undo(environmentId, id)}
        onDone={onBegun}
      >
        {asksForName(environment) && <NameToType name={environment.name} typed={typed} type={setTyped} />}
      </ConfirmDialog>
    </>
  );
}

import { count } from '../../ui/amounts.js';
import { Button } from '../../ui/button.js';
import { Dialog } from '../../ui/dialog.js';
import { Moment } from '../../ui/moment.js';

interface ConfirmDeletionProps {
  /** How many go, and how many of them only by this change; undefined: nothing is asked. */
  of: { goes: number; more: number; nextRunAt: string } | undefined;
  onClose: () => void;
  onConfirm: () => void;
}

/** What is deleted does not come back: whoever has it deleted says so twice. */
export function ConfirmDeletion({ of, onClose, onConfirm }: ConfirmDeletionProps) {
  if (of === undefined) return null;
  const { goes, more, nextRunAt } = of;
  return (
    <Dialog open onClose={onClose} title="This deletes more than now">
      <p className="text-sm">
        {count(goes)} {goes === 1 ? 'snapshot goes' : 'snapshots go'} at the next run, <Moment at={nextRunAt} />:{' '}
        {count(more)} more than with the settings as they are. What is deleted does not come back; until then it can be
        kept by a pin, or by changing this again.
      </p>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Change nothing</Button>
        <Button look="danger" onClick={onConfirm}>
          Save, and let {goes === 1 ? 'it' : 'them'} go
        </Button>
      </div>
    </Dialog>
  );
}

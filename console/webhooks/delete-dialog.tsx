import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Webhook } from '../../sdk/typescript/index.js';
import { snapback } from '../api/snapback.js';
import { Button } from '../ui/button.js';
import { Dialog } from '../ui/dialog.js';
import { Equivalents } from '../ui/equivalents.js';
import { Failed } from '../ui/failed.js';
import { hostOf } from './hidden-url.js';

interface DeleteDialogProps {
  webhook: Webhook;
  open: boolean;
  onClose: () => void;
  onDeleted: () => void;
}

export function DeleteDialog({ webhook: { id, url }, open, onClose, onDeleted }: DeleteDialogProps) {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => snapback.webhooks.delete(id),
    onSuccess: () => {
      onDeleted();
      void queries.invalidateQueries();
    },
  });
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Tell ${hostOf(url)} nothing any more?`}
      about="The webhook, its secret and its log of deliveries go. What was still to be delivered is forgotten."
    >
      {remove.error !== null && <Failed error={remove.error} />}
      <div className="flex items-center justify-end gap-2">
        <Equivalents of={{ command: `snapback webhooks delete ${id}`, method: 'DELETE', path: `/webhooks/${id}` }} />
        <Button onClick={onClose}>Keep it</Button>
        <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
          Delete it
        </Button>
      </div>
    </Dialog>
  );
}

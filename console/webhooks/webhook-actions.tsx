import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Webhook } from '../../sdk/typescript/index.js';
import { snapback } from '../api/snapback.js';
import { useWhyNot } from '../session/use-access.js';
import { Button } from '../ui/button.js';
import { Equivalents } from '../ui/equivalents.js';
import { Failed } from '../ui/failed.js';
import { useTell } from '../ui/toasts.js';
import { DeleteDialog } from './delete-dialog.js';
import { RotateDialog } from './rotate-dialog.js';
import { EditDialog } from './webhook-dialog.js';

type Opened = 'edit' | 'rotate' | 'delete';

export function WebhookActions({ webhook, onDeleted }: { webhook: Webhook; onDeleted: () => void }) {
  const { id, projectId, enabled } = webhook;
  const [opened, setOpened] = useState<Opened>();
  const queries = useQueryClient();
  const tell = useTell();
  const whyNot = useWhyNot()('webhooks:write');
  const off = whyNot === undefined ? {} : { reason: whyNot };
  const done = (text: string) => () => {
    tell(text);
    void queries.invalidateQueries();
  };
  const test = useMutation({
    mutationFn: () => snapback.webhooks.test(id),
    onSuccess: done('A test is on its way.'),
  });
  const turn = useMutation({
    mutationFn: () => snapback.webhooks.update(id, { enabled: !enabled }),
    onSuccess: done(enabled ? 'It is told nothing any more.' : 'It is told again, from now on.'),
  });
  const close = () => setOpened(undefined);
  const testReason = whyNot ?? (enabled ? undefined : 'It is disabled, and is told nothing; enable it first.');
  const failed = test.error ?? turn.error;
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <Equivalents of={{ command: `snapback webhooks test ${id}`, method: 'POST', path: `/webhooks/${id}/test` }} />
        <Button
          look="primary"
          {...(testReason !== undefined && { reason: testReason })}
          busy={test.isPending}
          onClick={() => test.mutate()}
        >
          Send a test
        </Button>
        <Button {...off} onClick={() => setOpened('edit')}>
          Change
        </Button>
        <Button {...off} onClick={() => setOpened('rotate')}>
          New secret
        </Button>
        <Button {...off} busy={turn.isPending} onClick={() => turn.mutate()}>
          {enabled ? 'Disable' : 'Enable'}
        </Button>
        <Button look="danger" {...off} onClick={() => setOpened('delete')}>
          Delete
        </Button>
      </div>
      {failed !== null && <Failed error={failed} />}
      <EditDialog projectId={projectId} webhookId={id} open={opened === 'edit'} onClose={close} />
      <RotateDialog webhook={webhook} open={opened === 'rotate'} onClose={close} />
      <DeleteDialog webhook={webhook} open={opened === 'delete'} onClose={close} onDeleted={onDeleted} />
    </div>
  );
}

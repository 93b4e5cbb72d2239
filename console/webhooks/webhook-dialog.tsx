import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import type { WebhookWithSecret } from '../../sdk/typescript/index.js';
import { snapback } from '../api/snapback.js';
import { Dialog } from '../ui/dialog.js';
import { Failed } from '../ui/failed.js';
import { Loading } from '../ui/loading.js';
import { useTell } from '../ui/toasts.js';
import { SecretDialog } from './secret-dialog.js';

/** Forms with their rules are loaded when one is opened. */
const WebhookForm = lazy(() => import('./webhook-form.js'));

interface WebhookDialogProps {
  projectId: string;
  open: boolean;
  onClose: () => void;
}

/** A new webhook; and then its secret, this once. */
export function CreateDialog({ projectId, open, onClose }: WebhookDialogProps) {
  const queries = useQueryClient();
  const [created, setCreated] = useState<WebhookWithSecret>();
  return (
    <>
      <Dialog
        open={open}
        onClose={onClose}
        title="Create a webhook"
        about="From then on it is told of what happens in the project, each time by a POST that is signed."
      >
        <Suspense fallback={<Loading what="the form" />}>
          <WebhookForm
            projectId={projectId}
            webhook={undefined}
            onCancel={onClose}
            onDone={(webhook) => {
              if ('secret' in webhook) setCreated(webhook);
              onClose();
              void queries.invalidateQueries();
            }}
          />
        </Suspense>
      </Dialog>
      <SecretDialog webhook={created} onKept={() => setCreated(undefined)} />
    </>
  );
}

export function EditDialog({ open, onClose, ...edited }: WebhookDialogProps & { webhookId: string }) {
  return (
    <Dialog open={open} onClose={onClose} title="Change the webhook">
      <Edited {...edited} onClose={onClose} />
    </Dialog>
  );
}

/** Reads it anew, with the tag of what was read: who saves later than somebody else is told so. */
function Edited({ projectId, webhookId, onClose }: { projectId: string; webhookId: string; onClose: () => void }) {
  const queries = useQueryClient();
  const tell = useTell();
  const { data, error, refetch } = useQuery({
    queryKey: ['webhook to be changed', webhookId],
    queryFn: ({ signal }) => snapback.webhooks.view(webhookId, { signal }),
    gcTime: 0,
    staleTime: Infinity,
    // The tag is known by the very object.
    structuralSharing: false,
    refetchOnWindowFocus: false,
  });
  return (
    <>
      {error !== null && <Failed error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Loading what="the webhook" />}
      {data !== undefined && (
        <Suspense fallback={<Loading what="the form" />}>
          <WebhookForm
            key={data.updatedAt}
            projectId={projectId}
            webhook={data}
            onCancel={onClose}
            onDone={() => {
              onClose();
              tell('The webhook was changed.');
              void queries.invalidateQueries();
            }}
          />
        </Suspense>
      )}
    </>
  );
}

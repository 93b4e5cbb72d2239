import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import type { Webhook, WebhookWithSecret } from '../../sdk/typescript/index.js';
import { Dialog } from '../ui/dialog.js';
import { Loading } from '../ui/loading.js';
import { SecretDialog } from './secret-dialog.js';

const RotateForm = lazy(() => import('./rotate-form.js'));

export function RotateDialog({ webhook, open, onClose }: { webhook: Webhook; open: boolean; onClose: () => void }) {
  const queries = useQueryClient();
  const [rotated, setRotated] = useState<WebhookWithSecret>();
  return (
    <>
      <Dialog
        open={open}
        onClose={onClose}
        title="Give it a new secret"
        about="For a while both sign, so that receivers can be changed one after the other."
      >
        <Suspense fallback={<Loading what="the form" />}>
          <RotateForm
            webhook={webhook}
            onCancel={onClose}
            onDone={(answer) => {
              setRotated(answer);
              onClose();
              void queries.invalidateQueries();
            }}
          />
        </Suspense>
      </Dialog>
      <SecretDialog webhook={rotated} onKept={() => setRotated(undefined)} />
    </>
  );
}

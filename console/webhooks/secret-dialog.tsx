import type { WebhookWithSecret } from '../../sdk/typescript/index.js';
import { Button } from '../ui/button.js';
import { CommandLine } from '../ui/command-line.js';
import { CopyButton } from '../ui/copy-button.js';
import { Dialog } from '../ui/dialog.js';
import { Moment } from '../ui/moment.js';
import { Notice } from '../ui/notice.js';
import { hostOf } from './hidden-url.js';

const TYPESCRIPT = `import { verifyWebhook } from '@snapback/client';

const event = await verifyWebhook(request.headers, await request.text(), process.env.SNAPBACK_WEBHOOK_SECRET);`;

const PYTHON = `from standardwebhooks.webhooks import Webhook

event = Webhook(os.environ["SNAPBACK_WEBHOOK_SECRET"]).verify(request.get_data(), dict(request.headers))`;

/** A secret, this once: nothing but a button closes it, so that no slip of a finger loses what cannot be seen again. */
export function SecretDialog({ webhook, onKept }: { webhook: WebhookWithSecret | undefined; onKept: () => void }) {
  return (
    <Dialog
      open={webhook !== undefined}
      closable={false}
      onClose={onKept}
      title={webhook === undefined ? '' : `The secret of ${hostOf(webhook.url)}`}
      about="It signs what the webhook is sent. It is shown this once: keep it where the receiver reads its secrets."
    >
      {webhook !== undefined && (
        <>
          <div className="flex items-center gap-1 rounded-small border border-accent bg-accent-soft p-3">
            <code aria-label="Secret" className="min-w-0 grow font-mono text-sm break-all">
              {webhook.secret}
            </code>
            <CopyButton text={webhook.secret} what="the secret" />
          </div>
          {webhook.previousSecretUntil !== null && (
            <Notice tone="info">
              The old secret signs, too, and ends <Moment at={webhook.previousSecretUntil} />. Until then receivers may
              check with either.
            </Notice>
          )}
          <h3 className="text-sm font-medium">How the receiver checks a signature</h3>
          <p className="text-sm text-soft">
            Over the body as it came, before anything parses it, by Standard Webhooks, which many languages have a
            library for. By hand: HMAC-SHA-256 of webhook-id, webhook-timestamp and the body with dots between them.
          </p>
          <Example name="TypeScript" code={TYPESCRIPT} isOpen />
          <Example name="Python" code={PYTHON} />
          <Button look="primary" onClick={onKept}>
            I have kept it
          </Button>
        </>
      )}
    </Dialog>
  );
}

function Example({ name, code, isOpen = false }: { name: string; code: string; isOpen?: boolean }) {
  return (
    <details open={isOpen} className="text-sm">
      <summary className="cursor-pointer rounded-small py-1">{name}</summary>
      <CommandLine text={code} what={`the example in ${name}`} />
    </details>
  );
}

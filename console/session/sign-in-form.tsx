import { useState } from 'react';
import { Button } from '../ui/button.js';
import { Notice } from '../ui/notice.js';
import { consoleConfig } from './console-config.js';
import type { OidcProvider } from './console-config.js';
import { TokenForm } from './token-form.js';

/** By the provider of the organization, or by a token that somebody has. It is tried before anything else is shown. */
export function SignInForm() {
  const { oidc, oidcAway, signInLink } = consoleConfig;
  return (
    <div className="flex flex-col gap-5">
      {oidc !== null && <ProviderButton provider={oidc} />}
      {oidcAway !== null && <ProviderAway host={oidcAway} />}
      {oidc !== null && (
        <p className="flex items-center gap-3 text-sm text-soft before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
          or with a token
        </p>
      )}
      <TokenForm isPrimary={oidc === null} isFromProvider={oidc !== null || oidcAway !== null} />
      {signInLink && (
        <p className="border-t pt-4 text-sm text-soft">
          This service runs on your own machine: the terminal in which it runs shows a link that signs you in, and a new
          one after each use.
        </p>
      )}
    </div>
  );
}

function ProviderButton({ provider }: { provider: OidcProvider }) {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const start = async () => {
    setBusy(true);
    try {
      // It goes on at the provider's.
      await (await import('./oidc.js')).startOidc(provider);
    } catch {
      setFailed(true);
      setBusy(false);
    }
  };
  // What it takes, browsers have at https and on one's own machine only.
  const reason = isSecureContext ? undefined : 'This needs https: open the console by its https address.';
  return (
    <>
      <Button
        look="primary"
        className="py-2 wrap-anywhere whitespace-normal"
        busy={busy}
        reason={reason}
        onClick={() => void start()}
      >
        Sign in with {new URL(provider.issuer).host}
      </Button>
      {failed && <Notice tone="bad">This page could not go there. Load it again, and try once more.</Notice>}
    </>
  );
}

function ProviderAway({ host }: { host: string }) {
  return (
    <Notice tone="warn">
      <p>{host}, with which people sign in here, does not answer the service. A token still works.</p>
      <Button size="small" className="mt-3" onClick={() => location.reload()}>
        Try again
      </Button>
    </Notice>
  );
}

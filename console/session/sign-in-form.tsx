import { useState, type SubmitEvent } from 'react';
import { accessView } from '../../sdk/typescript/generated/sdk.gen.js';
import { Snapback, SnapbackError } from '../../sdk/typescript/index.js';
import { Button } from '../ui/button.js';
import { Field, inputLook } from '../ui/field.js';
import { consoleConfig } from './console-config.js';
import { startOidc } from './oidc.js';
import { session } from './session.js';
import { expiryOf } from './token.js';

/** By the provider of the organization, or by a token that somebody has. It is tried before anything else is shown. */
export function SignInForm() {
  const { oidc, signInLink } = consoleConfig;
  return (
    <div className="flex flex-col gap-5">
      {oidc !== null && (
        <Button look="primary" onClick={() => void startOidc(oidc)}>
          Sign in with {new URL(oidc.issuer).host}
        </Button>
      )}
      {oidc !== null && <p className="text-center text-sm text-soft">or with a token</p>}
      <TokenForm isPrimary={oidc === null} />
      {signInLink && (
        <p className="text-sm text-soft">
          This service runs on your own machine: the terminal that started it has a link that signs you in.
        </p>
      )}
    </div>
  );
}

function TokenForm({ isPrimary }: { isPrimary: boolean }) {
  const [token, setToken] = useState('');
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(await tryToken(token.trim()));
    setBusy(false);
  };
  return (
    <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4" noValidate>
      <Field
        label="Token"
        hint="It stays in the memory of this tab. Who operates the service makes one with npm run token."
        error={error}
      >
        {(parts) => (
          <input
            {...parts}
            type="password"
            autoComplete="off"
            spellCheck={false}
            value={token}
            onChange={({ target }) => setToken(target.value)}
            className={inputLook}
          />
        )}
      </Field>
      <Button type="submit" look={isPrimary ? 'primary' : 'plain'} busy={busy}>
        Sign in
      </Button>
    </form>
  );
}

/** Signs in, or says why not. */
async function tryToken(token: string): Promise<string | undefined> {
  if (token === '') return 'Paste a token first.';
  try {
    const { client } = new Snapback({ baseUrl: location.origin, token, attempts: 1 });
    await accessView({ client, throwOnError: true });
    session.signIn({ token, expiresAt: expiryOf(token) });
    return undefined;
  } catch (error) {
    if (error instanceof SnapbackError) return error.detail;
    // What no header can hold, such as a line break within it.
    return 'This is no token.';
  }
}

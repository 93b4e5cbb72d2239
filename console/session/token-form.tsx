import { useState, type SubmitEvent } from 'react';
import { accessView } from '../../sdk/typescript/generated/sdk.gen.js';
import { Snapback, SnapbackError } from '../../sdk/typescript/index.js';
import { Button } from '../ui/button.js';
import { Field, inputLook } from '../ui/field.js';
import { session } from './session.js';
import { expiryOf } from './token.js';

interface TokenFormProps {
  isPrimary: boolean;
  /** Whether a provider makes the tokens, and not who operates the service. */
  isFromProvider: boolean;
}

export function TokenForm({ isPrimary, isFromProvider }: TokenFormProps) {
  const [text, setText] = useState('');
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(await tryToken(tokenIn(text)));
    setBusy(false);
  };
  const origin = isFromProvider
    ? 'Your provider gives you one.'
    : 'Who operates the service makes one with npm run token.';
  return (
    <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4" noValidate>
      <Field label="Token" hint={`It stays in the memory of this page and is stored nowhere. ${origin}`} error={error}>
        {(parts) => (
          // Hidden from who looks over a shoulder, and no password, which browsers offer to keep.
          <input
            {...parts}
            type="text"
            autoComplete="off"
            autoCapitalize="off"
            autoCorrect="off"
            spellCheck={false}
            value={text}
            onChange={({ target }) => setText(target.value)}
            className={`${inputLook} [-webkit-text-security:disc]`}
          />
        )}
      </Field>
      <Button type="submit" look={isPrimary ? 'primary' : 'plain'} busy={busy}>
        Sign in
      </Button>
    </form>
  );
}

/** Terminals and mails break long lines, and some people copy the whole header. */
function tokenIn(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replace(/^ ?bearer /i, '')
    .replaceAll(' ', '');
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
    if (error instanceof SnapbackError) return sentenceOf(error);
    // What no header can hold.
    return 'This is no token.';
  }
}

function sentenceOf({ status, detail }: SnapbackError): string {
  // The rest of the sentence is for programs, which send headers.
  return status === 401 ? detail.replace(/ Send a valid bearer token in the Authorization header\.$/, '') : detail;
}

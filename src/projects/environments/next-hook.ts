import type { HookInputWritable, HookView } from '../../contract/generated/types.gen.js';
import type { SecretBox } from '../connections/secret-box.js';

const DEFAULT_SECONDS = 10;

/** A hook as it is stored: what anybody may see, and its headers, sealed. */
export interface StoredHook {
  hook: HookView | null;
  headers: string | null;
}

/** Hooks are replaced as a whole: headers that are left out are gone. Pure but for the sealing. */
export function nextHook(input: HookInputWritable | null, box: SecretBox, environmentId: string): StoredHook {
  if (input === null) return { hook: null, headers: null };
  const timeoutSeconds = input.timeoutSeconds ?? DEFAULT_SECONDS;
  if ('command' in input) return { hook: { command: input.command, timeoutSeconds }, headers: null };
  const headers = input.headers ?? {};
  const headerNames = Object.keys(headers);
  return {
    hook: { url: input.url, headerNames, timeoutSeconds },
    headers: headerNames.length === 0 ? null : box.seal(JSON.stringify(headers), environmentId),
  };
}

import { finishOidc, isOidcAnswer } from './oidc.js';
import { session } from './session.js';
import { redeemLink, takeLinkCode } from './sign-in-link.js';

/**
 * Signs in with what the address brings, a one-time link or the answer of a provider, or as another tab of this browser is. Resolves to
 * what there is to say when that did not work.
 */
export async function startSession(): Promise<string | undefined> {
  try {
    const code = takeLinkCode();
    if (code !== undefined) session.signIn(await redeemLink(code));
    else if (isOidcAnswer()) session.signIn(await finishOidc());
    else await session.joinOtherTabs();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

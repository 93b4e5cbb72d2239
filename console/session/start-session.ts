import { isOidcAnswer } from './oidc-callback.js';
import { session } from './session.js';
import { redeemLink, takeLinkCode } from './sign-in-link.js';

/** Signs in with what the address brings, a one-time link or the answer of a provider, or as another tab of this browser is. */
export async function startSession(): Promise<void> {
  try {
    const code = takeLinkCode();
    if (code !== undefined) session.signIn(await redeemLink(code));
    else if (isOidcAnswer()) session.signIn(await (await import('./oidc.js')).finishOidc());
    else await session.joinOtherTabs();
  } catch (error) {
    // Who is signed in beside this need not know, such as by a link that was opened twice.
    if (!(await session.joinOtherTabs())) session.explain(error instanceof Error ? error.message : String(error));
  }
}

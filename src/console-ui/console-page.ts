import type { OidcProvider } from './oidc-provider.js';

/** What the page tells the console. Nothing in it is a secret: whoever opens the page reads it. */
export interface ConsoleConfig {
  version: string;
  /** Whether the terminal that started the service has a link that signs in. */
  signInLink: boolean;
  /** Whom people sign in with; null: they paste a token. */
  oidc: OidcProvider | null;
  /** The host of the provider that people would sign in with, if it could be asked; else null. */
  oidcAway: string | null;
}

/**
 * The addresses of the console's pages. They are told apart in the browser, and named here so that what is no page stays a 404 of the API;
 * a test holds them against the console's router.
 */
export const PAGES =
  /^\/(projects\/[^/]+\/environments\/[^/]+(\/.*)?|rollbacks\/[^/]+|operations|audit|usage|webhooks|access|sign-in\/callback)?\/?$/;

/** Makes pages of the built one: each with a nonce of its own, which the policy of the answer names. */
export function pageMaker(html: string): (nonce: string, config: ConsoleConfig) => string {
  const place = (name: string) => {
    const tag = new RegExp(`<meta name="${name}" content="[^"]*"\\s*/?>`);
    if (!tag.test(html)) throw new Error(`The built page of the console has no place for ${name}.`);
    return tag;
  };
  const [nonceTag, configTag] = [place('snapback-nonce'), place('snapback-console')];
  return (nonce, config) =>
    html
      .replace(nonceTag, () => `<meta name="snapback-nonce" content="${nonce}">`)
      .replace(configTag, () => `<meta name="snapback-console" content="${attribute(JSON.stringify(config))}">`);
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}

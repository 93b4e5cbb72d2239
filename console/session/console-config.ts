/** What the service tells its console, in the page itself. */
export interface ConsoleConfig {
  /** Of the service. */
  version: string;
  /** Whether a one-time link signs in: a service of one's own machine. */
  signInLink: boolean;
  /** Whom people sign in with; null: they paste a token. */
  oidc: OidcProvider | null;
  /** The host of the provider that people would sign in with, if it could be asked; else null. */
  oidcAway: string | null;
}

export interface OidcProvider {
  issuer: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  /** Where people leave the provider itself. */
  endSessionEndpoint: string | null;
  /** What it signs ID tokens with. */
  idTokenAlgorithms: string[];
  clientId: string;
  scope: string;
  /** What tokens are asked for, where the provider wants to be told: as `resource` and as `audience`. */
  audience: string | null;
}

function read(): ConsoleConfig {
  const content = document.querySelector('meta[name="snapback-console"]')?.getAttribute('content') ?? '{}';
  return {
    version: '',
    signInLink: false,
    oidc: null,
    oidcAway: null,
    ...(JSON.parse(content) as Partial<ConsoleConfig>),
  };
}

export const consoleConfig: ConsoleConfig = read();

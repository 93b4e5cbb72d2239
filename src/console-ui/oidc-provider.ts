/** What the console has to know of the provider that people sign in with. */
export interface OidcProvider {
  issuer: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  endSessionEndpoint: string | null;
  clientId: string;
  scope: string;
  /** What tokens are asked for, where the provider wants to be told. */
  audience: string | null;
}

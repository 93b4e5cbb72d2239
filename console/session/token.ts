export interface SessionToken {
  token: string;
  /** In milliseconds since 1970; null: it does not say. */
  expiresAt: number | null;
  /** By which the provider gives a fresh one without the person. */
  refresh?: string;
}

/** When a JSON Web Token ends, in milliseconds since 1970; null when it does not say, or is none. A hint: the service decides. */
export function expiryOf(token: string): number | null {
  const { exp } = claimsOf(token);
  return typeof exp === 'number' ? exp * 1000 : null;
}

/** The same for all tokens of one person in one organization. A hint, too: of what is no JWT it is the token itself. */
export function ownerOf(token: string): string {
  const { iss, sub, org } = claimsOf(token);
  return sub === undefined ? token : JSON.stringify([iss, sub, org]);
}

function claimsOf(token: string): Record<string, unknown> {
  try {
    const [, payload = ''] = token.split('.');
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    return typeof claims === 'object' && claims !== null ? { ...claims } : {};
  } catch {
    return {};
  }
}

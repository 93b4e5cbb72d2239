import { noteOperator } from '../../audit/cli/operator-entry.js';
import type { TokenRequest } from './mint-token.js';

/** Writes into the audit that a token was made, without it. Resolves to why that could not be. */
export function noteMinting(
  stateUrl: string | undefined,
  { subject, organization, permissions, projects, lifetimeSeconds }: Omit<TokenRequest, 'secret'>,
  now: Date,
): Promise<string | undefined> {
  return noteOperator(stateUrl, {
    operation: 'token.mint',
    subject: ['token', subject],
    after: {
      ...{ organization, permissions: [...permissions], projects: projects && [...projects] },
      expiresAt: new Date(now.getTime() + lifetimeSeconds * 1000).toISOString(),
    },
  });
}

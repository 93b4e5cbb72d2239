import { mintToken } from '../../src/auth/minting/mint-token.js';
import { PERMISSIONS } from '../../src/auth/permission.js';
import type { Grant } from '../../src/auth/permission.js';
import { MARK } from './secret-mark.js';

export const TEST_SECRET = `${MARK}-signs-the-tokens-of-tests-0123456789`;

/** A token the test service accepts. */
export function testToken(
  claims: {
    organization?: string;
    subject?: string;
    permissions?: readonly Grant[];
    projects?: readonly string[] | null;
    lifetimeSeconds?: number;
  } = {},
): string {
  return mintToken(
    {
      secret: TEST_SECRET,
      issuer: 'snapback',
      audience: 'snapback',
      organization: claims.organization ?? 'acme',
      subject: claims.subject ?? 'tester',
      permissions: claims.permissions ?? PERMISSIONS,
      projects: claims.projects ?? null,
      lifetimeSeconds: claims.lifetimeSeconds ?? 3600,
    },
    new Date(),
  );
}

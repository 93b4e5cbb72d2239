import { mintToken } from '../../src/auth/mint-token.js';
import { PERMISSIONS } from '../../src/auth/permission.js';
import type { Permission } from '../../src/auth/permission.js';

export const TEST_SECRET = 'a-secret-for-tests-that-is-long-enough-0123456789';

/** A token the test service accepts. */
export function testToken(
  claims: {
    organization?: string;
    subject?: string;
    permissions?: readonly Permission[];
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

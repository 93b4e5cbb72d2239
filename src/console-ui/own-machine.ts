import { userInfo } from 'node:os';
import { Logger } from '@nestjs/common';
import { mintToken } from '../auth/minting/mint-token.js';
import { noteMinting } from '../auth/minting/note-minting.js';
import { PERMISSIONS } from '../auth/permission.js';
import type { Configuration } from '../config/configuration.js';
import { isLoopbackHost } from '../config/loopback.js';
import { DEFAULT_ORGANIZATION } from '../trust-domains/trust-domains.js';
import type { SignedIn } from './sign-in-by-link.js';

/** A working day, and then a bit. */
const TOKEN_SECONDS = 12 * 60 * 60;

/**
 * Whether this is a service that somebody tries on a machine of their own: with its own PostgreSQL, for one organization, heard by nobody
 * else, and signing its tokens itself. Only there a link in the terminal signs in: whoever reads that can as well make a token.
 */
export function isOnOwnMachine(configuration: Configuration, hasOwnPostgres: boolean): boolean {
  const { ROLE, HOST, JWT_SECRET, TENANCY, TRUST_PROXY } = configuration;
  const isAlone = isLoopbackHost(HOST) && TRUST_PROXY.length === 0 && TENANCY === 'single';
  return hasOwnPostgres && isAlone && ROLE !== 'worker' && JWT_SECRET !== undefined;
}

/** Makes tokens for whoever started the service, who may do everything; each is noted in the audit. */
export function ownTokens(configuration: Configuration): () => Promise<SignedIn> {
  const logger = new Logger('SignInByLink');
  return async () => {
    const now = new Date();
    const wanted = {
      secret: configuration.JWT_SECRET ?? '',
      issuer: configuration.JWT_ISSUER,
      audience: configuration.JWT_AUDIENCE,
      organization: configuration.ORGANIZATION ?? DEFAULT_ORGANIZATION,
      subject: userInfo().username,
      permissions: PERMISSIONS,
      projects: null,
      lifetimeSeconds: TOKEN_SECONDS,
    };
    const notWritten = await noteMinting(configuration.DATABASE_URL, wanted, now);
    if (notWritten !== undefined) logger.warn(notWritten);
    return {
      token: mintToken(wanted, now),
      expiresAt: new Date(now.getTime() + TOKEN_SECONDS * 1000).toISOString(),
    };
  };
}

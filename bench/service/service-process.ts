import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { mintToken } from '../../src/auth/minting/mint-token.js';
import { NODE_OPTIONS } from '../machine/node-options.js';
import { type Server, startServer } from '../machine/start-server.js';
import type { State } from './state.js';

/** The tenant whose everything is. */
export const ORGANIZATION = 'bench';
export const POOL_SIZE = 15;

/** Whoever has these keys is the same service. */
export interface Keys {
  secret: string;
  credentials: string;
  master: string;
}

export function newKeys(): Keys {
  return {
    secret: randomBytes(32).toString('hex'),
    credentials: randomBytes(32).toString('base64'),
    master: randomBytes(32).toString('base64'),
  };
}

/** What the service is told, with limits that nobody reaches. */
export function serviceEnvironment(state: State, keys: Keys): Record<string, string> {
  return {
    DATABASE_URL: state.url,
    DATABASE_POOL_SIZE: String(POOL_SIZE),
    DATA_DIR: state.dataDir,
    ORGANIZATION,
    JWT_SECRET: keys.secret,
    CREDENTIALS_KEY: keys.credentials,
    VAULT_MASTER_KEY: keys.master,
    ROLE: 'api',
    RATE_LIMIT_SUBJECT: '100000000',
    RATE_LIMIT_ORGANIZATION: '100000000',
  };
}

/** The service as an operator runs it, its log and its metrics included. */
export async function startSnapback(
  state: State,
  keys: Keys,
  more: Record<string, string> = {},
  nodeOptions: readonly string[] = [],
): Promise<Server> {
  const main = join(import.meta.dirname, '../../src/main.js');
  const environment = { ...serviceEnvironment(state, keys), METRICS_PORT: '0', ...more };
  return startServer(main, environment, [...NODE_OPTIONS, ...nodeOptions]);
}

export function bearer({ secret }: Keys): Record<string, string> {
  const token = mintToken(
    {
      secret,
      issuer: 'snapback',
      audience: 'snapback',
      subject: 'bench',
      organization: ORGANIZATION,
      permissions: ['viewer', 'audit:read'],
      projects: null,
      lifetimeSeconds: 3600,
    },
    new Date(),
  );
  return { authorization: `Bearer ${token}` };
}

import { join } from 'node:path';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import { urlOf } from './database.js';
import { madeUpKey } from './secret-mark.js';
import { TEST_SECRET } from './tokens.js';

/** What a service is told that has this database, and everything else below one directory: filestores in `filestores`. */
export function serviceVariables(directory: string, database: DatabaseAddress) {
  return {
    DATABASE_URL: urlOf(database),
    DATA_DIR: join(directory, 'data'),
    ORGANIZATION: 'acme',
    FILESTORE_ROOTS: join(directory, 'filestores'),
    WEBHOOK_HOSTS: '127.0.0.1,hooks.example.com',
    JWT_SECRET: TEST_SECRET,
    CREDENTIALS_KEY: madeUpKey('credentials'),
    VAULT_MASTER_KEY: madeUpKey('vault'),
  };
}

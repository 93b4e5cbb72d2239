import { stat } from 'node:fs/promises';
import { Pool } from 'pg';
import { LocalBackend } from '../backend/local-backend.js';
import { RetryingBackend } from '../backend/retrying-backend.js';
import { migrateCatalogue } from '../catalogue/migrate-catalogue.js';
import { PostgresCatalogue } from '../catalogue/postgres-catalogue.js';
import { refuseFirstFormat } from '../first-format.js';
import { MasterKey } from '../keys/master-key.js';
import { UsageError } from './vault-arguments.js';
import type { VaultAccess } from './vault-access.js';

/**
 * Rejects with `UsageError` for what is not told, and as the parts do. Secrets come by the environment or a file, never by argument: everybody on the
 * machine reads those.
 */
export async function openFromEnvironment(environment: NodeJS.ProcessEnv): Promise<VaultAccess> {
  const path = required(environment, 'VAULT_PATH');
  // Opening would make the directory, and a check of an empty one finds nothing wrong.
  const isDirectory = await stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
  if (!isDirectory) throw new UsageError(`VAULT_PATH is ${path}, where there is no directory. Name that of the vault.`);
  const connectionString = required(environment, 'DATABASE_URL');
  const masterKey = await readMasterKey(environment);
  const connections = new Pool({ connectionString, application_name: 'snapback vault' });
  // A connection that is lost while idle: the next query says so.
  connections.on('error', () => undefined);
  try {
    await migrateCatalogue(connections);
    const backend = new RetryingBackend(await LocalBackend.open(path));
    await refuseFirstFormat(backend);
    const catalogue = new PostgresCatalogue(connections);
    return { backend, catalogue, connections, masterKey, close: () => connections.end() };
  } catch (error) {
    await connections.end();
    throw error;
  }
}

async function readMasterKey(environment: NodeJS.ProcessEnv): Promise<MasterKey> {
  const file = environment['VAULT_MASTER_KEY_FILE'];
  if (file !== undefined && file !== '') return await MasterKey.fromFile(file);
  return MasterKey.fromBase64(required(environment, 'VAULT_MASTER_KEY'));
}

function required(environment: NodeJS.ProcessEnv, name: string): string {
  const value = environment[name];
  if (value === undefined || value === '') throw new UsageError(`Set ${name} in the environment.`);
  return value;
}

import { Pool } from 'pg';
import type { DatabaseAddress } from '../../../src/engine/postgres/connection/database-address.js';
import type { Backend } from '../../../src/vault/backend/backend.js';
import { isBackendError } from '../../../src/vault/backend/backend-error.js';
import { LocalBackend } from '../../../src/vault/backend/local/local-backend.js';
import { S3Backend } from '../../../src/vault/backend/s3/s3-backend.js';
import type { S3BackendOptions } from '../../../src/vault/backend/s3/s3-options.js';
import type { Connections } from '../../../src/vault/catalogue/postgres/connections.js';
import { PostgresCatalogue } from '../../../src/vault/catalogue/postgres/postgres-catalogue.js';
import { MasterKey } from '../../../src/vault/keys/master-key.js';
import { parseProjectKeyFile } from '../../../src/vault/keys/project-key-file.js';
import { projectKeyFile } from '../../../src/vault/format/object-keys.js';
import { PackVault } from '../../../src/vault/pack-vault.js';

/** Connections of children are told by this from those of their parent. */
export const CHILD_NAME = 'snapback faults child';

/** Where a vault is. Plain data: it goes to children through their environment. */
export interface Place {
  database: DatabaseAddress;
  store: { directory: string } | { s3: S3BackendOptions };
  project: string;
  /** In base64. The project's key is wrapped by one of the two; a rotation takes the other. */
  masterKeys: [string, string];
}

/** One process's hold on the vault. */
export interface World {
  place: Place;
  pool: Pool;
  backend: Backend;
  catalogue: PostgresCatalogue;
  masterKey: MasterKey;
  close(): Promise<void>;
}

export interface Wrapping {
  backend?: (inner: Backend) => Backend;
  connections?: (pool: Pool) => Connections;
}

export async function openWorld(place: Place, name: string, wrap: Wrapping = {}): Promise<World> {
  const { host, port, user, password, database } = place.database;
  const pool = new Pool({ host, port, user, password, database, max: 10, application_name: name });
  pool.on('error', () => undefined);
  const bucket = 's3' in place.store ? new S3Backend(place.store.s3) : undefined;
  const store = 's3' in place.store ? bucket! : await LocalBackend.open(place.store.directory);
  const backend = wrap.backend?.(store) ?? store;
  const catalogue = new PostgresCatalogue(wrap.connections?.(pool) ?? pool);
  const close = async (): Promise<void> => {
    await pool.end();
    bucket?.close();
  };
  return { place, pool, backend, catalogue, masterKey: await currentKey(store, place), close };
}

/** With no memory of what was there before. */
export function openVault({ backend, catalogue, masterKey }: World): PackVault {
  // As small as it may be: a pack is 16 MiB then.
  return new PackVault({ backend, catalogue, masterKey, lanes: 1, budgetBytes: 128 * 1024 * 1024 });
}

/** The one of the two that the project's key is wrapped by. */
export async function currentKey(backend: Backend, { masterKeys, project }: Place): Promise<MasterKey> {
  const [first, second] = masterKeys.map((key) => MasterKey.fromBase64(key)) as [MasterKey, MasterKey];
  try {
    const file = (await backend.read(projectKeyFile(project))).toString('utf8');
    return parseProjectKeyFile(file, project).masterKeyId === second.id ? second : first;
  } catch (error) {
    if (isBackendError(error, 'missing')) return first;
    throw error;
  }
}

import type { Backend } from '../backend/backend.js';
import type { Connections } from '../catalogue/connections.js';
import type { PostgresCatalogue } from '../catalogue/postgres-catalogue.js';
import type { MasterKey } from '../keys/master-key.js';

/** An opened vault, as the command line gets it. */
export interface VaultAccess {
  backend: Backend;
  catalogue: PostgresCatalogue;
  connections: Connections;
  masterKey: MasterKey;
  close(): Promise<void>;
}

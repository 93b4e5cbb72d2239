import type { Backend } from '../backend/backend.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { MasterKey } from '../keys/master-key.js';
import type { ReplicaLedger } from './replica-ledger.js';

/** A vault and the one beside it. */
export interface ReplicaParts {
  /** Where the vault's objects lie; nothing is changed there. */
  vault: Backend;
  /** What lies in the vault. */
  catalogue: Pick<Catalogue, 'needsOf' | 'unsecured' | 'locate'>;
  replica: Backend;
  /** What lies in the replica. */
  ledger: ReplicaLedger;
  masterKey: MasterKey;
}

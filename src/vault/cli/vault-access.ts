import type { Backend } from '../backend/backend.js';
import type { ProjectSummary } from '../check/finding.js';
import type { Connections } from '../catalogue/connections.js';
import type { PostgresCatalogue } from '../catalogue/postgres-catalogue.js';
import type { MasterKey } from '../keys/master-key.js';

/** An opened vault, as the command line gets it. */
export interface VaultAccess {
  backend: Backend;
  catalogue: PostgresCatalogue;
  connections: Connections;
  masterKey: MasterKey;
  /** The snapshots a project should have, as far as somebody beside the vault knows. */
  expected?(project: string): Promise<string[]>;
  /** Told of each project that was checked: all its snapshots, whole or damaged. */
  checked?(summary: ProjectSummary): Promise<void>;
  close(): Promise<void>;
}

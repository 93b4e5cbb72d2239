import type { NeutralizeRule } from '../filestore/neutralizing/neutralize-rules.js';
import type { DatabaseAddress } from '../postgres/connection/database-address.js';
import type { DatabaseFacts } from '../postgres/databases/database-facts.js';

export type ExportLayout = 'plain' | 'directory' | 'odoo';
export type ExportFormat = 'zip' | 'tar_zst';

export interface ExportRequest {
  project: string;
  snapshotId: string;
  /** A uuid; the name of the scratch database derives from it, so that another attempt finds it. */
  id: string;
  /** Absolute; the directory is there, the file is not. */
  to: string;
  format: ExportFormat;
  layout: ExportLayout;
  /** On whose server, and like which database, the scratch one is made; left out for a snapshot without one. */
  database?: { address: DatabaseAddress; like: DatabaseFacts };
  /** Left out: as it was captured. */
  neutralize?: { sql: string | null; paths: readonly NeutralizeRule[] | null };
  /** What stands in the manifest besides. */
  about: Readonly<Record<string, unknown>>;
}

export interface Exported {
  bytes: number;
  /** In hex. */
  sha256: string;
}

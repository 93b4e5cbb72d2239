import type { Client } from 'pg';
import type { VaultReader } from '../../../vault/vault.js';
import { EngineError } from '../../engine-error.js';
import { capturedSettings } from '../../postgres/properties/captured-properties.js';
import type { DatabaseAddress } from '../../postgres/connection/database-address.js';
import type { DatabaseFacts } from '../../postgres/databases/database-facts.js';
import type { DatabaseSetting } from '../../postgres/properties/database-properties.js';
import { dropDatabaseIfExists } from '../../postgres/databases/drop-database.js';
import { type LeftOutSetting, putSettings } from '../../postgres/properties/put-properties.js';
import { createShadowDatabase } from '../../postgres/databases/shadow-database.js';
import type { WorkContext } from '../../progress.js';
import type { DatabaseSurvey } from '../database/order/database-survey.js';
import type { VerificationMode } from '../database/comparison/hashed-tables.js';
import { type ClosedRestore, restoreDatabase } from '../database/restore-database.js';

/** Nobody can come back into a closed database, we neither: after a lost connection all begins anew, so many times. */
const ATTEMPTS = 3;
const BEGIN_ANEW: readonly EngineError['code'][] = ['shadow-entered', 'database-unreachable'];
const DROP_TIMEOUT_MS = 60_000;

export interface DatabaseRebuild {
  project: string;
  snapshotId: string;
  vault: VaultReader;
  survey: DatabaseSurvey;
  /** Of the live database, in whose image the other one is made. */
  address: DatabaseAddress;
  like: DatabaseFacts;
  /** Of a database of the same server that is neither. */
  maintenance: DatabaseAddress;
  /** Of the one that is made. */
  name: string;
  keepOwnersAndPrivileges: boolean;
  verification: VerificationMode;
  /** Connections; default as many as there may be. */
  sessions?: number | undefined;
  beforeEventTriggers?: (client: Client) => Promise<void>;
  /** Default false. */
  takesNotes?: boolean;
  /** Called when it has been made, and again when it had to be made anew. */
  onCreated?: (oid: number) => void;
}

export interface RebuiltDatabase extends ClosedRestore {
  oid: number;
  settings: readonly DatabaseSetting[];
  settingsLeftOut: readonly LeftOutSetting[];
}

/**
 * Makes a database beside the live one and restores the snapshot's into it. It is closed from its beginning, and stays so. Rejects
 * as `restoreDatabase` does; the caller drops what is left.
 */
export async function rebuildDatabase(rebuild: DatabaseRebuild, context: WorkContext): Promise<RebuiltDatabase> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tryOnce(rebuild, context);
    } catch (error) {
      context.signal.throwIfAborted();
      const isWorthIt = error instanceof EngineError && BEGIN_ANEW.includes(error.code) && attempt < ATTEMPTS;
      if (!isWorthIt) throw error;
      await dropDatabaseIfExists(rebuild.maintenance, rebuild.name, { timeoutMs: DROP_TIMEOUT_MS });
    }
  }
}

async function tryOnce(rebuild: DatabaseRebuild, context: WorkContext): Promise<RebuiltDatabase> {
  const { project, snapshotId, vault, survey, address, like, maintenance, name } = rebuild;
  const oid = await createShadowDatabase(maintenance, like, name, { signal: context.signal });
  // Before anybody connects, and also where other ones follow: the rows and definitions were made under these.
  const captured = capturedSettings(survey.database.properties);
  const { settings, leftOut } = await putSettings(maintenance, name, captured, { signal: context.signal });
  rebuild.onCreated?.(oid);
  const restored = await restoreDatabase(
    {
      ...{ project, snapshotId, vault, survey, maintenance, oid, serverMajor: like.major },
      address: { ...address, database: name },
      keepOwnersAndPrivileges: rebuild.keepOwnersAndPrivileges,
      verification: rebuild.verification,
      ...(rebuild.sessions !== undefined && { sessions: rebuild.sessions }),
      ...(rebuild.takesNotes && { takesNotes: true }),
      ...(rebuild.beforeEventTriggers && { beforeEventTriggers: rebuild.beforeEventTriggers }),
    },
    context,
  );
  return { ...restored, oid, settings, settingsLeftOut: leftOut };
}

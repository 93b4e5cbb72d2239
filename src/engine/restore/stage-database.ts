import type { Vault } from '../../vault/vault.js';
import { EngineError } from '../engine-error.js';
import { runSqlInOneTransaction } from '../postgres/run-sql.js';
import { capturedSettings, capturedState } from '../postgres/captured-properties.js';
import type { PropertiesSource } from '../postgres/database-properties.js';
import { type LeftOutSetting, putProperties, putSettings } from '../postgres/put-properties.js';
import { createShadowDatabase, keptDatabaseName, shadowDatabaseName } from '../postgres/shadow-database.js';
import type { WorkContext } from '../progress.js';
import type { DatabaseSurvey } from './database/database-survey.js';
import { restoreDatabase } from './database/restore-database.js';
import type { StageRequest } from './stage-request.js';
import type { StagedDatabase } from './staged.js';

/** What could not be as it was captured. */
export interface DatabaseLosses {
  /** Roles that the server does not have and that were mapped to its own. */
  missingRoles: readonly string[];
  settingsLeftOut: readonly LeftOutSetting[];
}

/** Of a database that does not exist (yet). */
const NO_OID = 0;

/**
 * Creates the shadow database, restores the snapshot's database into it and makes it ready to take over. Says what
 * it makes *before* making it, so that the caller can remove it whatever happens. Rejects with an `EngineError`, a `VaultError` or `signal.reason`.
 */
export async function stageDatabase(
  request: Pick<StageRequest, 'project' | 'snapshotId' | 'attemptId'>,
  target: NonNullable<StageRequest['database']>,
  captured: DatabaseSurvey,
  vault: Vault,
  context: WorkContext,
  announce: (database: StagedDatabase) => void,
): Promise<DatabaseLosses> {
  const { signal, progress } = context;
  const { address, like } = target;
  const bytesTotal = captured.dataBytes;
  const report = (bytesDone: number, message?: string) =>
    progress.report({ phase: 'stage-database', bytesDone, bytesTotal, ...(message ? { message } : {}) });

  const maintenance = { ...address, database: maintenanceDatabaseOf(like) };
  const shadow = shadowDatabaseName(request.attemptId);
  const names = { live: like.name, shadow, kept: keptDatabaseName(request.attemptId), expectedLiveOid: like.oid };
  announce({ maintenance, names: { ...names, expectedShadowOid: NO_OID } });

  report(0, 'Creating the database.');
  const shadowOid = await createShadowDatabase(maintenance, like, shadow, { signal });
  // Also where the live ones follow: the rows and definitions were made under these.
  const { properties } = captured.database;
  const { settings, leftOut } = await putSettings(maintenance, shadow, capturedSettings(properties), { signal });
  const state = target.properties === 'captured' ? capturedState(properties) : undefined;
  const source: PropertiesSource = state ? { ...state, settings } : 'live';
  announce({ maintenance, names: { ...names, expectedShadowOid: shadowOid }, properties: source });

  const { keepOwnersAndPrivileges, verification = 'counts' } = target;
  const { project, snapshotId } = request;
  const what = { project, snapshotId, vault, survey: captured, verification };
  const where = { address: { ...address, database: shadow }, serverMajor: like.major, keepOwnersAndPrivileges };
  const { missingRoles } = await restoreDatabase({ ...what, ...where }, context);

  const databases = { liveOid: like.oid, shadowOid, shadow };
  if (target.neutralizeSql !== undefined) {
    report(bytesTotal, 'Running the SQL that neutralises the data.');
    // The settings first, so that it finds what it would find in the database once it is live (a search_path,
    // say); the privileges last, because until then nobody may look at what is not neutral yet.
    await putProperties(maintenance, databases, { source, only: 'settings', signal });
    await runSqlInOneTransaction(address, shadow, target.neutralizeSql, { signal });
  }
  await putProperties(maintenance, databases, { source, signal });
  return { missingRoles, settingsLeftOut: state ? leftOut : [] };
}

/** Of the server, to send from what a database cannot do to itself. Throws `EngineError` when there is none. */
export function maintenanceDatabaseOf(like: { name: string; maintenanceDatabase: string | null }): string {
  if (like.maintenanceDatabase !== null) return like.maintenanceDatabase;
  throw new EngineError(
    'database-permission-denied',
    `The database "${like.name}" cannot be replaced from inside; let its role connect to another database of the server, such as "postgres".`,
  );
}

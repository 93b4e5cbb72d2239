import type { VaultReader } from '../../../vault/vault.js';
import { EngineError } from '../../engine-error.js';
import { capturedState } from '../../postgres/properties/captured-properties.js';
import { writeNotedTables } from '../../notes/noted-tables.js';
import { withConnection } from '../../postgres/connection/connect.js';
import type { DatabaseAddress } from '../../postgres/connection/database-address.js';
import { type PropertiesSource, readProperties } from '../../postgres/properties/database-properties.js';
import { putProperties } from '../../postgres/properties/put-properties.js';
import { runSqlInOneTransaction } from '../../postgres/sql/run-sql.js';
import { DDL_SETTINGS } from '../../postgres/connection/session-settings.js';
import { keptDatabaseName, shadowDatabaseName } from '../../postgres/databases/shadow-database.js';
import type { WorkContext } from '../../progress.js';
import type { DatabaseSurvey } from '../database/order/database-survey.js';
import type { RestoreWarning } from '../database/restore-warning.js';
import { rebuildDatabase } from './rebuild-database.js';
import { warningOfSettings } from './settings-left-out.js';
import type { StageRequest } from './stage-request.js';
import type { StagedDatabase } from './staged.js';

/** Of a database that does not exist (yet). */
const NO_OID = 0;

/**
 * Creates the shadow database, restores the snapshot's database into it and makes it ready to take over. Nobody but us can
 * enter it from its beginning to the swap. Says what it makes *before* making it, so that the caller can remove it whatever happens. Resolves to what
 * could not be as it was captured. Rejects
 * with an `EngineError`, a `VaultError` or `signal.reason`.
 */
export async function stageDatabase(
  request: Pick<StageRequest, 'project' | 'snapshotId' | 'attemptId' | 'notes'>,
  target: NonNullable<StageRequest['database']>,
  captured: DatabaseSurvey,
  vault: VaultReader,
  context: WorkContext,
  announce: (database: StagedDatabase) => void,
): Promise<readonly RestoreWarning[]> {
  const { signal, progress } = context;
  const { address, like, neutralizeSql, keepOwnersAndPrivileges, verification = 'counts', sessions } = target;
  const { project, snapshotId } = request;
  const bytesTotal = captured.dataBytes;
  const report = (bytesDone: number, message?: string) =>
    progress.report({ phase: 'stage-database', bytesDone, bytesTotal, ...(message ? { message } : {}) });

  const maintenance = { ...address, database: maintenanceDatabaseOf(like) };
  const shadow = shadowDatabaseName(request.attemptId);
  const names = { live: like.name, shadow, kept: keptDatabaseName(request.attemptId), expectedLiveOid: like.oid };
  announce({ maintenance, names: { ...names, expectedShadowOid: NO_OID } });

  report(0, 'Creating the database.');
  const known = capturedState(captured.database.properties);
  const state = target.properties === 'captured' ? known : undefined;
  const rebuilt = await rebuildDatabase(
    {
      ...{ project, snapshotId, vault, survey: captured, address, like, maintenance, name: shadow },
      ...{ keepOwnersAndPrivileges, verification, sessions, takesNotes: request.notes !== undefined },
      onCreated: (oid) => announce({ maintenance, names: { ...names, expectedShadowOid: oid } }),
      ...(neutralizeSql !== undefined && {
        beforeEventTriggers: async (client) => {
          report(bytesTotal, 'Running the SQL that neutralises the data.');
          const settings = state ? state.settings : await settingsOfLive(maintenance, like.oid, signal);
          const own = settings.filter(({ role }) => role === null || role === address.user);
          await runSqlInOneTransaction(client, neutralizeSql, own);
        },
      }),
    },
    context,
  );
  const source: PropertiesSource = state ? { ...state, settings: [...rebuilt.settings] } : 'live';
  const { oid: shadowOid, closedXmin } = rebuilt;
  const databases = { liveOid: like.oid, shadowOid, shadow };
  const proof = await putProperties(maintenance, databases, { source, closedXmin, signal });
  if (rebuilt.notes && request.notes) {
    await request.notes.lineage(rebuilt.notes.lineage);
    await writeNotedTables(request.notes, rebuilt.notes.tables);
  }
  const settingsWarnings = warningOfSettings(rebuilt.settingsLeftOut);
  announce({
    ...{ maintenance, names: { ...names, expectedShadowOid: shadowOid }, properties: source, closedXmin: proof },
    ...(known && { captured: { ...known, settings: [...rebuilt.settings] } }),
    ...{ settingsWarnings, compared: { tables: rebuilt.tables, rows: rebuilt.rows, horizon: rebuilt.horizon } },
  });
  return [...rebuilt.warnings, ...(state ? settingsWarnings : [])];
}

async function settingsOfLive(address: DatabaseAddress, oid: number, signal: AbortSignal) {
  return withConnection(address, { settings: DDL_SETTINGS, signal }, async (client) => {
    const { settings } = await readProperties(client, oid);
    return settings;
  });
}

/** Of the server, to send from what a database cannot do to itself. Throws `EngineError` when there is none. */
export function maintenanceDatabaseOf(like: { name: string; maintenanceDatabase: string | null }): string {
  if (like.maintenanceDatabase !== null) return like.maintenanceDatabase;
  throw new EngineError(
    'database-permission-denied',
    `The database "${like.name}" cannot be replaced from inside; let its role connect to another database of the server, such as "postgres".`,
  );
}

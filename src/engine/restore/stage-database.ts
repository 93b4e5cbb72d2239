import type { DatabaseArchiveEntry } from '../../vault/manifest.js';
import type { Vault } from '../../vault/vault.js';
import { EngineError } from '../engine-error.js';
import type { DatabaseAddress } from '../postgres/database-address.js';
import { restoreArchive } from '../postgres/restore-archive.js';
import { runSqlInOneTransaction } from '../postgres/run-sql.js';
import {
  carryLiveProperties,
  createShadowDatabase,
  keptDatabaseName,
  shadowDatabaseName,
} from '../postgres/shadow-database.js';
import type { WorkContext } from '../progress.js';
import type { DatabaseSurvey } from './database/database-survey.js';
import { restoreDatabase } from './database/restore-database.js';
import type { StageRequest } from './stage-request.js';
import type { StagedDatabase } from './staged.js';

/** Of a database that does not exist (yet). */
const NO_OID = 0;

/**
 * Creates the shadow database, restores the snapshot's database into it and makes it ready to take over. Says what
 * it makes *before* making it, so that the caller can remove it whatever happens. Rejects with an
 * `EngineError`, a `VaultError` or `signal.reason`.
 */
export async function stageDatabase(
  request: Pick<StageRequest, 'project' | 'snapshotId' | 'attemptId'>,
  target: NonNullable<StageRequest['database']>,
  captured: DatabaseArchiveEntry | DatabaseSurvey,
  vault: Vault,
  context: WorkContext,
  announce: (database: StagedDatabase) => void,
): Promise<void> {
  const { signal, progress } = context;
  const { address, like } = target;
  const bytesTotal = 'kind' in captured ? captured.content.bytes : captured.dataBytes;
  const report = (bytesDone: number, message?: string) =>
    progress.report({ phase: 'stage-database', bytesDone, bytesTotal, ...(message ? { message } : {}) });

  const maintenance = { ...address, database: maintenanceDatabaseOf(like) };
  const shadow = shadowDatabaseName(request.attemptId);
  const names = { live: like.name, shadow, kept: keptDatabaseName(request.attemptId), expectedLiveOid: like.oid };
  const database = {
    maintenance,
    names: { ...names, expectedShadowOid: NO_OID },
    archiveBytes: capturedBytes(captured),
  };
  announce(database);

  report(0, 'Creating the database.');
  const shadowOid = await createShadowDatabase(maintenance, like, shadow, { signal });
  announce({ ...database, names: { ...names, expectedShadowOid: shadowOid } });

  await fill({ ...address, database: shadow }, request, target, captured, vault, context);

  const databases = { liveOid: like.oid, shadowOid, shadow };
  if (target.neutralizeSql !== undefined) {
    report(bytesTotal, 'Running the SQL that neutralises the data.');
    // The settings first, so that it finds what it would find in the live database (a search_path,
    // say); the privileges last, because until then nobody may look at what is not neutral yet.
    await carryLiveProperties(maintenance, databases, { only: 'settings', signal });
    await runSqlInOneTransaction(address, shadow, target.neutralizeSql, { signal });
  }
  await carryLiveProperties(maintenance, databases, { signal });
}

async function fill(
  shadow: DatabaseAddress,
  { project, snapshotId }: Pick<StageRequest, 'project' | 'snapshotId'>,
  target: NonNullable<StageRequest['database']>,
  captured: DatabaseArchiveEntry | DatabaseSurvey,
  vault: Vault,
  context: WorkContext,
): Promise<void> {
  const { keepOwnersAndPrivileges, like, verification = 'counts' } = target;
  if (!('kind' in captured)) {
    const what = { project, snapshotId, vault, survey: captured, verification };
    await restoreDatabase({ ...what, address: shadow, serverMajor: like.major, keepOwnersAndPrivileges }, context);
    return;
  }
  const bytesTotal = captured.content.bytes;
  await restoreArchive(shadow, vault.readContent(project, captured.content), {
    keepOwnersAndPrivileges,
    serverMajor: like.major,
    signal: context.signal,
    onBytes: (bytesDone) => context.progress.report({ phase: 'stage-database', bytesDone, bytesTotal }),
  });
}

function capturedBytes(captured: DatabaseArchiveEntry | DatabaseSurvey): number {
  return 'kind' in captured ? captured.content.bytes : captured.dataBytes + captured.database.content.bytes;
}

function maintenanceDatabaseOf(like: { name: string; maintenanceDatabase: string | null }): string {
  if (like.maintenanceDatabase !== null) return like.maintenanceDatabase;
  throw new EngineError(
    'database-permission-denied',
    `The database "${like.name}" cannot be replaced from inside; let its role connect to another database of the server, such as "postgres".`,
  );
}

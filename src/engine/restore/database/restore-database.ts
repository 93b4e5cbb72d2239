import { enterAndClose } from '../../postgres/connection/closed-database.js';
import { withConnection } from '../../postgres/connection/connect.js';
import { type ConnectionLease, leaseConnections } from '../../postgres/connection/connection-budget.js';
import type { DatabaseAddress } from '../../postgres/connection/database-address.js';
import { readDescription } from '../../postgres/description/description-content.js';
import type { WorkContext } from '../../progress.js';
import { BuildSession, buildSettings } from './build-sessions.js';
import { Restoration } from './restoration.js';
import type { RestorationPlan, RestoredDatabase } from './restoration-plan.js';
import { DefinitionsScript } from './script/definitions-script.js';

/** What all indexes being built at a time may take of the server's memory. */
const INDEX_MEMORY_BYTES = 512 * 1024 * 1024;

/** `address`: of the database to fill, which was created closed and is empty. */
export interface DatabaseRestore extends Omit<RestorationPlan, 'description'> {
  /** Of any other database of the server. */
  maintenance: DatabaseAddress;
  oid: number;
  /** Connections; what `leaseConnections` gives unless told. */
  sessions?: number;
  /** For the definitions while they are needed; default the system's temporary directory. */
  temporaryDirectory?: string;
}

export interface ClosedRestore extends RestoredDatabase {
  /** See `ClosedDatabase`: as long as it is this one, nobody has been in the database but us. */
  closedXmin: string;
}

/**
 * Restores a captured database into an empty one that nobody else can enter, and compares it with the manifest: see
 * `Restoration`. It stays closed. Memory does not grow with the data.
 *
 * Rejects with an `EngineError` that has PostgreSQL's reason, a `VaultError`, or `signal.reason`, at the first failure of
 * any part; with `EngineError('shadow-entered')` when somebody was in the database before it was closed. Nothing is left running then, and
 * no file; the database is left half filled, to be dropped.
 */
export async function restoreDatabase(restore: DatabaseRestore, context: WorkContext): Promise<ClosedRestore> {
  const { vault, project, survey, serverMajor, keepOwnersAndPrivileges, temporaryDirectory } = restore;
  const { content } = survey.database;
  const described = survey.description;
  const description = described && (() => readDescription(vault.readContent(project, described)));
  const script = await DefinitionsScript.open(
    vault.readContent(project, content),
    {
      serverMajor,
      encoding: survey.database.properties.encoding,
      withOwners: keepOwnersAndPrivileges && description === undefined,
      ...(temporaryDirectory === undefined ? {} : { directory: temporaryDirectory }),
    },
    context.signal,
  );
  const broken = new AbortController();
  const signal = AbortSignal.any([context.signal, broken.signal]);
  const { maintenance, address, oid } = restore;
  let lease: ConnectionLease | undefined;
  try {
    lease = await withConnection(maintenance, { signal }, leaseConnections);
    const sessions = restore.sessions ?? lease.count;
    const memoryBytes = INDEX_MEMORY_BYTES / sessions;
    const closed = await enterAndClose({
      ...{ maintenance, address, oid, signal, connections: sessions, settings: buildSettings(memoryBytes) },
    });
    try {
      const sessionSet = {
        sessions: closed.clients.map((client) => new BuildSession(client, memoryBytes)),
        signal: context.signal,
        abandon: (reason: unknown) => broken.abort(reason),
      };
      const restored = await new Restoration({ ...restore, description }, script, sessionSet, context).run();
      return { ...restored, closedXmin: closed.closedXmin };
    } finally {
      await closed.close();
    }
  } finally {
    lease?.release();
    await script.remove();
  }
}

import { isDeepStrictEqual } from 'node:util';
import type { ClientBase } from 'pg';
import { identityOf } from '../../filestore/paths/directory-identity.js';
import { keptAgainName, outsideOf } from '../../filestore/paths/enclosure.js';
import { statesOf } from '../../filestore/paths/states-place.js';
import { sealOf } from '../../filestore/scan/tree-seal.js';
import { EngineError } from '../../engine-error.js';
import { withConnection } from '../../postgres/connection/connect.js';
import type { DatabaseAddress } from '../../postgres/connection/database-address.js';
import type { DatabaseFacts } from '../../postgres/databases/database-facts.js';
import { hasKept, isOnDisk, readServerNow } from '../../postgres/databases/server-moment.js';
import { keptDatabaseName } from '../../postgres/databases/shadow-database.js';
import { DDL_SETTINGS } from '../../postgres/connection/session-settings.js';
import type { PropertiesSource } from '../../postgres/properties/database-properties.js';
import { maintenanceDatabaseOf } from '../staging/stage-database.js';
import type { Staged, StagedDatabase, StagedFilestore } from '../staging/staged.js';
import { type BuiltDatabase, type BuiltDirectory, type BuiltStandby, likenessOf } from './built-standby.js';

/** Why a standby cannot take the live state's place: it is not, or cannot be known to be, what was built. */
export interface StandbyRefusal {
  code: 'standby-missing' | 'standby-changed' | 'standby-unlike' | 'standby-unsafe';
  /** A sentence. */
  message: string;
}

export interface StandbyUse {
  /** Of whoever takes it: names what it will replace. */
  attemptId: string;
  /** Whose place it would take; the parts that the snapshot has. */
  database?: { address: DatabaseAddress; like: DatabaseFacts; properties: 'captured' | 'live' };
  filestore?: {
    path: string;
    /** Of the standby's directory (`sealOfStandby`), where somebody has begun to look already. */
    seal?: string | null;
  };
}

/** What is in it now, which takes a look at every file; null when it is gone, or another one. Rejects as `takeStandby` does. */
export async function sealOfStandby(
  { path, identity, seal }: BuiltDirectory,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    if ((await identityOf(path)) !== identity) return null;
    return await sealOf(path, signal, seal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EngineError && error.code.startsWith('filestore-')) return null;
    throw error;
  }
}

/**
 * Looks whether a standby is what was built, by what nobody can make look the same: the database's oid, and that nobody has opened it
 * since; the directory's inode, and that nothing in it has changed. No row and no file is read. Resolves to what a cutover takes, or to
 * what speaks against it. Changes nothing. Rejects with an `EngineError` when it cannot look, or with `signal.reason`.
 */
export async function takeStandby(
  built: BuiltStandby,
  use: StandbyUse,
  signal: AbortSignal,
): Promise<Staged | StandbyRefusal> {
  const hasParts =
    Boolean(use.database) === Boolean(built.database) && Boolean(use.filestore) === Boolean(built.directory);
  if (!hasParts) return { code: 'standby-unlike', message: 'It has not the parts that the environment has now.' };
  const [database, filestore] = await Promise.all([
    use.database && built.database && takeDatabase(built.database, use.database, use.attemptId, signal),
    use.filestore && built.directory && takeDirectory(built.directory, use.filestore, use.attemptId, signal),
  ]);
  if (database && 'code' in database) return database;
  if (filestore && 'code' in filestore) return filestore;
  const ofSettings = use.database?.properties === 'captured' ? (built.database?.settingsWarnings ?? []) : [];
  const warnings = [...built.warnings, ...ofSettings];
  return {
    attemptId: use.attemptId,
    ...(database && { database }),
    ...(filestore && { filestore }),
    ...(warnings.length > 0 && { warnings }),
  };
}

/**
 * Whether all of a standby's database is on disk by now, or not yet; or why it is of no use any more, such as a server that was started
 * again before. Rejects with an `EngineError`.
 */
export async function lookAtStandby(
  built: BuiltDatabase,
  maintenance: DatabaseAddress,
): Promise<'on disk' | 'not yet' | StandbyRefusal> {
  return withConnection(maintenance, {}, async (client) => {
    const refusal = await refusalOf(client, built);
    if (refusal) return refusal;
    return built.onDisk || isOnDisk(built.at, await readServerNow(client)) ? 'on disk' : 'not yet';
  });
}

async function takeDatabase(
  built: BuiltDatabase,
  { address, like, properties }: NonNullable<StandbyUse['database']>,
  attemptId: string,
  signal: AbortSignal,
): Promise<StagedDatabase | StandbyRefusal> {
  const source: PropertiesSource | undefined = properties === 'live' ? 'live' : built.captured;
  if (source === undefined || !isDeepStrictEqual(likenessOf(like), built.like)) {
    const message = 'It was made like a database that was another one: the owner, tablespace or locale changed since.';
    return { code: 'standby-unlike', message };
  }
  const maintenance = { ...address, database: maintenanceDatabaseOf(like) };
  const refusal = await withConnection(maintenance, { signal, settings: DDL_SETTINGS }, (client) =>
    refusalOf(client, built),
  );
  if (refusal) return refusal;
  const kept = keptDatabaseName(attemptId);
  return {
    maintenance,
    names: { live: like.name, shadow: built.name, kept, expectedLiveOid: like.oid, expectedShadowOid: built.oid },
    properties: source,
    closedXmin: built.closedXmin,
  };
}

async function refusalOf(client: ClientBase, built: BuiltDatabase): Promise<StandbyRefusal | undefined> {
  const { rows } = await client.query<{ name: string; xmin: string; open: boolean }>(
    'SELECT datname::text AS name, xmin::text AS xmin, datallowconn AS open FROM pg_catalog.pg_database WHERE oid = $1',
    [built.oid],
  );
  const [found] = rows;
  if (found?.name !== built.name)
    return { code: 'standby-missing', message: `Its database "${built.name}" is not there any more.` };
  if (found.open || found.xmin !== built.closedXmin) {
    const message = `Somebody has opened or changed its database "${built.name}", so that nobody can say what is in it.`;
    return { code: 'standby-changed', message };
  }
  if (hasKept(built.at, built.onDisk, await readServerNow(client))) return undefined;
  const message =
    'The server was restored, or started again before all of it was known to be on disk, so that nobody can say whether it is whole.';
  return { code: 'standby-unsafe', message };
}

async function takeDirectory(
  built: BuiltDirectory,
  { path: livePath, seal: known }: NonNullable<StandbyUse['filestore']>,
  attemptId: string,
  signal: AbortSignal,
): Promise<StagedFilestore | StandbyRefusal> {
  const { path: stagedPath, identity: stagedInode, files, bytes, seal } = built;
  const liveInode = await identityOf(livePath);
  if (outsideOf(stagedPath) !== (await statesOf(livePath))) {
    const message =
      'It was built before the filestore was a mount point, or when it was one, and cannot take its place.';
    return { code: 'standby-unlike', message };
  }
  const found = known === undefined ? await sealOfStandby(built, signal) : known;
  if (found === null) {
    const message = `Its directory "${stagedPath}" is not there any more, or is another one.`;
    return { code: 'standby-missing', message };
  }
  if (found !== seal)
    return { code: 'standby-changed', message: `Something in its directory "${stagedPath}" was changed since.` };
  return { livePath, stagedPath, keptPath: keptAgainName(stagedPath, attemptId), liveInode, stagedInode, files, bytes };
}

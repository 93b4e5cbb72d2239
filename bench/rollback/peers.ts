import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchEnvironment } from '../environment/environment.js';
import { runScript } from '../machine/program.js';
import type { PgBackRestRepository } from '../peers/pgbackrest-repository.js';
import type { Backups } from './backups.js';

/** A way back by hand: the application is down from the first line to the last. */
export interface RollbackPeer {
  name: string;
  /** Puts the database back; `$1` is the directory dump. */
  database: readonly string[];
}

/** By force an owner may not end autovacuum; without, PostgreSQL does it for him. */
export const DROP =
  'for n in 1 2 3 4 5; do { dropdb --force "$PGDATABASE" || dropdb "$PGDATABASE"; } 2>/dev/null && break; sleep 0.2; done';
const ANEW = [DROP, 'createdb "$PGDATABASE"'];

export const PEERS: readonly RollbackPeer[] = [
  { name: 'pg_restore -j2', database: [...ANEW, 'pg_restore -j2 --dbname="$PGDATABASE" "$1"'] },
  {
    name: 'restic dump',
    database: [...ANEW, 'restic dump --tag database latest /database.dump | pg_restore --dbname="$PGDATABASE"'],
  },
];

/** What the files of a server can be brought back in: all of its databases, by a server that is down meanwhile. */
export const YARDSTICK = 'pgBackRest --delta';

/** Puts back what differs, in the server's data directory and in the filestore, where they are; resolves to seconds. */
export async function restoreInPlace(
  environment: BenchEnvironment,
  repository: PgBackRestRepository,
  files: string,
  signal: AbortSignal,
): Promise<{ seconds: number }> {
  const begun = performance.now();
  await environment.whileStopped(() => repository.restore());
  await runScript(['rsync --archive --delete "$1/" "$2/"'], [files, environment.filestore], { signal });
  return { seconds: (performance.now() - begun) / 1000 };
}

/** Both get their files with `restic restore`, beside the present ones, which are then swapped; resolves to seconds. */
export async function restoreWith(
  { database }: RollbackPeer,
  environment: BenchEnvironment,
  backups: Backups,
  signal: AbortSignal,
): Promise<{ seconds: number }> {
  const { filestore } = environment;
  const [restored, previous] = [`${filestore}.restored`, `${filestore}.previous`];
  const env = { ...environment.clientEnv, ...backups.repository.env };
  const begun = performance.now();
  const files = 'restic restore --tag files latest --target "$2"';
  await runScript([...database, files], [backups.dumpDirectory, restored], { signal, env });
  await rename(filestore, previous);
  // restic puts it back under its whole path.
  await rename(join(restored, filestore), filestore);
  const seconds = (performance.now() - begun) / 1000;
  // Nobody waits for that.
  await Promise.all([previous, restored].map((path) => rm(path, { recursive: true })));
  return { seconds };
}

import { rm } from 'node:fs/promises';
import type { BenchEnvironment } from '../environment/environment.js';
import { copyTree } from '../machine/copy-tree.js';
import { runScript } from '../machine/program.js';
import type { Backups } from './backups.js';
import { DROP } from './peers.js';

const SCRATCH = 'bench_scratch';

/** Seconds that the parts of a restore take the machine, by PostgreSQL's own programs on two connections. */
export interface RestoreBounds {
  definitions: number;
  /** COPY in. */
  rows: number;
  /** Indexes, constraints, foreign keys. */
  indexes: number;
  statistics: number;
  /** A plain copy of all files. */
  files: number;
}

export async function measureRestoreBounds(
  environment: BenchEnvironment,
  { dumpDirectory }: Backups,
  settle: () => Promise<void>,
  signal: AbortSignal,
): Promise<RestoreBounds> {
  const options = { signal, env: { ...environment.clientEnv, PGDATABASE: SCRATCH } };
  const timed = async (line: string): Promise<number> => {
    await settle();
    const begun = performance.now();
    await runScript([line], [dumpDirectory], options);
    return (performance.now() - begun) / 1000;
  };
  const restore = (section: string): Promise<number> =>
    timed(`pg_restore -j2 --section=${section} --dbname="$PGDATABASE" "$1"`);
  await runScript(['createdb "$PGDATABASE"'], [], options);
  try {
    const definitions = await restore('pre-data');
    const rows = await restore('data');
    const indexes = await restore('post-data');
    const statistics = await timed('vacuumdb --analyze-only --quiet --jobs=2 "$PGDATABASE"');
    return { definitions, rows, indexes, statistics, files: await copyFiles(environment.filestore, settle, signal) };
  } finally {
    await runScript([DROP], [], { ...options, signal: AbortSignal.timeout(60_000) });
  }
}

async function copyFiles(filestore: string, settle: () => Promise<void>, signal: AbortSignal): Promise<number> {
  const copy = `${filestore}.copy`;
  await settle();
  const begun = performance.now();
  await copyTree(filestore, copy, signal);
  const seconds = (performance.now() - begun) / 1000;
  await rm(copy, { recursive: true });
  return seconds;
}

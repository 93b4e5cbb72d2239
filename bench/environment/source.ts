import { openDataset } from '../dataset/dataset.js';
import type { EnvironmentSource } from './environment.js';
import type { EnvironmentBenchOptions } from './options.js';
import { usePostgres } from './other-postgres.js';
import { openPreparedCluster } from './prepared-cluster.js';
import { databaseSize } from './scale.js';

/** What the environment is copied from, made where it is not in the cache. */
export async function openSource(
  { scale, files, pg }: EnvironmentBenchOptions,
  workDirectory: string,
  signal: AbortSignal,
): Promise<EnvironmentSource> {
  if (pg !== undefined) await usePostgres(pg, workDirectory, signal);
  console.log('Database and files are looked for in the cache, and made when they are not there.');
  const cluster = await openPreparedCluster(scale, workDirectory, signal);
  return { cluster, size: databaseSize(scale), dataset: await openDataset(files) };
}

/** `capture` for the standard environment; any other has a file of its own. */
export function resultName(bench: string, { scale, files, pg }: EnvironmentBenchOptions): string {
  const parts = [bench];
  if (pg !== undefined) parts.push(`pg-${pg}`);
  if (scale !== 1) parts.push(`scale-${scale}`);
  if (files !== 20_000) parts.push(`files-${files}`);
  return parts.join('-');
}

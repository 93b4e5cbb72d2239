import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { libpqEnvironment } from '../../src/engine/postgres/connection/libpq-environment.js';
import { findProgram } from '../../src/engine/postgres/programs/programs.js';
import type { Cluster } from './cluster.js';
import { type Contents, contentsOf } from './contents.js';

const run = promisify(execFile);

/**
 * What comes of the live database when `pg_dump` and `pg_restore` carry it, without us: there are definitions that
 * they do not bring back as they were, or not at all. Resolves to the contents, or to what `pg_restore` says.
 */
export async function restorePlainly(
  cluster: Cluster,
  directory: string,
): Promise<{ contents: Contents } | { refusal: string }> {
  const { live } = cluster;
  const archive = join(directory, 'plain');
  const address = await cluster.emptyScratch('scratch_plain');
  try {
    const [dump, restore] = [await findProgram('pg_dump'), await findProgram('pg_restore')];
    const options = ['--format=custom', '--exclude-schema=snapback', '--file', archive, live.database];
    await run(dump.path, options, { env: libpqEnvironment(live) });
    const into = ['--exit-on-error', '--dbname', address.database, archive];
    await run(restore.path, into, { env: libpqEnvironment(address) });
    return { contents: await contentsOf(address) };
  } catch (error) {
    return { refusal: (error as Error).message };
  } finally {
    await cluster.dropScratch('scratch_plain');
  }
}

import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.js';
import { runMigrations } from '../../src/database/run-migrations.js';

/** A state database with today's tables, on a server of its own. */
export interface State {
  url: string;
  dataDir: string;
  dataSource: DataSource;
  /** The process that all of the server's are below. */
  serverPid(): Promise<number>;
  stop(): Promise<void>;
}

export async function openState(): Promise<State> {
  const dataDir = await mkdtemp(join(tmpdir(), 'snapback-bench-'));
  await chmod(dataDir, 0o755);
  const remove = () => rm(dataDir, { recursive: true, force: true });
  try {
    const postgres = await startEmbeddedPostgres({ dataDir });
    try {
      // Making a million rows takes longer than any statement of the service.
      const options = dataSourceOptions(postgres.url, 4);
      const dataSource = await new DataSource({ ...options, extra: {} } as typeof options).initialize();
      await runMigrations(dataSource);
      return {
        url: postgres.url,
        dataDir,
        dataSource,
        serverPid: () => postmasterPid(dataSource),
        stop: async () => {
          await dataSource.destroy();
          await postgres.stop();
          await remove();
        },
      };
    } catch (error) {
      await postgres.stop();
      throw error;
    }
  } catch (error) {
    await remove();
    throw error;
  }
}

async function postmasterPid(dataSource: DataSource): Promise<number> {
  const [row] = await dataSource.query<{ line: string }[]>(
    `SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1) AS line`,
  );
  return Number(row?.line);
}

import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestDatabase, query, type TestDatabase, type TestDatabaseOptions } from '../../test/harness/database.js';
import { startMergingProxy } from './merging-proxy.js';

/** A service that runs, and where an environment for it can be made. */
export interface Service {
  url: string;
  token: string;
  filestoreRoot: string;
  /** As its superuser; the test run's shared one when left out. */
  server?: TestDatabaseOptions['server'];
}

const ROWS = 1_000;
const TEXT = 'as it was\n';

/** One environment, not yet registered, for one program; it is broken when the program asks for its rollback. */
export class Stage {
  private constructor(
    private readonly database: TestDatabase,
    private readonly filestore: string,
    private readonly proxy: Awaited<ReturnType<typeof startMergingProxy>>,
    private readonly token: string,
  ) {}

  /** With `newer` the service says also what the contract does not have yet. */
  static async set({ url, token, filestoreRoot, server }: Service, { newer }: { newer: boolean }): Promise<Stage> {
    const database = await createTestDatabase(server === undefined ? {} : { server });
    const filestore = join(filestoreRoot, randomUUID());
    await mkdir(filestore);
    await writeFile(join(filestore, 'a.txt'), TEXT);
    await query(
      database.address,
      `CREATE TABLE items AS SELECT n AS id, 'item ' || n AS name FROM generate_series(1, ${ROWS}) n`,
    );
    const beforeRollback = async (): Promise<void> => {
      await query(database.address, 'DELETE FROM items WHERE id > 10');
      await writeFile(join(filestore, 'a.txt'), 'broken\n');
    };
    const proxy = await startMergingProxy(url, { newer, beforeRollback });
    return new Stage(database, filestore, proxy, token);
  }

  /** What a program is told. */
  get environment(): Record<string, string> {
    const { host, port, database, user, password } = this.database.address;
    return {
      SNAPBACK_URL: this.proxy.url,
      SNAPBACK_TOKEN: this.token,
      PROJECT_NAME: `client ${randomUUID()}`,
      DATABASE_HOST: host,
      DATABASE_PORT: String(port),
      DATABASE_NAME: database,
      DATABASE_USER: user,
      DATABASE_PASSWORD: password,
      FILESTORE: this.filestore,
    };
  }

  get databaseHost(): string {
    return this.database.address.host;
  }

  /** Whether rows and file are what they were before they were broken. */
  async isRolledBack(): Promise<boolean> {
    const [counted] = await query<{ n: number }>(this.database.address, 'SELECT count(*)::int AS n FROM items');
    return counted?.n === ROWS && (await readFile(join(this.filestore, 'a.txt'), 'utf8')) === TEXT;
  }

  async clear(): Promise<void> {
    await this.proxy.close();
    await this.database.drop();
  }
}

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { environmentCreate, projectCreate, settingsUpdate } from '../../sdk/typescript/generated/sdk.gen.js';
import type { Environment, EnvironmentCreate, Project } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { createTestDatabase, query } from './database.js';
import type { TestDatabase } from './database.js';
import { madeUpSecret } from './secret-mark.js';

export interface TestEnvironment {
  project: Project;
  environment: Environment;
  database: TestDatabase;
  filestorePath: string;
}

let made = 0;

/**
 * A project of its own with one environment: a table of 100 rows and three files. Rollbacks keep nothing for an
 * undo unless `undoMinutes` says so: most tests look whether anything is left.
 */
export async function createTestEnvironment(
  client: Client,
  filestoreRoot: string,
  options: Partial<EnvironmentCreate> & { project?: Project; undoMinutes?: number } = {},
): Promise<TestEnvironment> {
  // Its own, also when several are made at once.
  const number = (made += 1);
  const database = await createTestDatabase();
  await query(
    database.address,
    `CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL);
     INSERT INTO items SELECT n, 'item ' || n FROM generate_series(1, 100) n;`,
  );
  const filestorePath = join(filestoreRoot, `store-${process.pid}-${number}`);
  await mkdir(join(filestorePath, 'sub'), { recursive: true });
  await writeFile(join(filestorePath, 'a.txt'), 'alpha\n');
  await writeFile(join(filestorePath, 'sub', 'b.txt'), 'beta\n');
  await writeFile(join(filestorePath, 'empty'), '');
  const { project: given, undoMinutes = 0, ...body } = options;
  const project =
    given ??
    (await result(
      projectCreate({ client, body: { name: `project ${process.pid}-${number}`, description: madeUpSecret() } }),
    ));
  const { host, port, database: name, user, password } = database.address;
  const environment = await result(
    environmentCreate({
      client,
      path: { projectId: project.id },
      body: {
        name: `environment ${number}`,
        type: 'production',
        // Whatever people write here, nobody else reads it in a log.
        labels: { note: madeUpSecret() },
        database: { kind: 'connection', host, port, database: name, user, password },
        filestorePath,
        // Whoever says what becomes of rows says nothing of files, unless told.
        ...(body.neutralizeSql !== undefined && { neutralizePaths: [] }),
        ...body,
      },
    }),
  );
  const path = { environmentId: environment.id };
  await result(settingsUpdate({ client, path, body: { undoMinutes } }));
  return { project, environment, database, filestorePath };
}

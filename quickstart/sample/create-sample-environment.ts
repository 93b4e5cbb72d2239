import { rm } from 'node:fs/promises';
import { Client, escapeIdentifier } from 'pg';
import { createRoleAndDatabase } from '../../src/database/embedded/create-role-and-database.js';
import { writeFiles } from './files.js';
import { insertAttachments, insertBusinessRows } from './rows.js';
import { SAMPLE_SIZES, type SampleScale } from './scale.js';
import { CONSTRAINTS_AND_INDEXES, TABLES } from './schema.js';

export interface SampleEnvironmentOptions {
  /** Connection URL of a superuser of the server in which the database is created. */
  adminUrl: string;
  /** Replaced when it exists. */
  database: string;
  /** The environment's own role: owner of the database, no superuser, may create databases. */
  role: string;
  password: string;
  /** Replaced, with everything in it, when it exists. */
  filestorePath: string;
  /** Production and staging have different rows and files. */
  type: 'production' | 'staging';
  /** `full` when left out. */
  scale?: SampleScale;
}

export interface SampleEnvironment {
  /** Connection URL of the environment's own role. A secret: it has the password. */
  url: string;
  databaseBytes: number;
  filestoreBytes: number;
  fileCount: number;
}

/** Creates the sample ERP: the same rows and files for the same options, whenever and wherever it runs. */
export async function createSampleEnvironment(options: SampleEnvironmentOptions): Promise<SampleEnvironment> {
  const { adminUrl, database, role, password, filestorePath } = options;
  const size = SAMPLE_SIZES[options.scale ?? 'full'];
  const seed = options.type === 'production' ? 1 : 2;

  await withClient(adminUrl, (client) =>
    client.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(database)} WITH (FORCE)`),
  );
  await createRoleAndDatabase(adminUrl, { role, password, database, createdb: true });
  await rm(filestorePath, { recursive: true, force: true });

  const url = ownerUrl(options);
  return withClient(url, async (client) => {
    // A crash of the server while the sample is being made costs nothing but making it again.
    await client.query('SET synchronous_commit = off');
    await client.query(TABLES);
    const [files] = await Promise.all([
      writeFiles(filestorePath, size.files, seed),
      insertBusinessRows(client, size, seed),
    ]);
    await insertAttachments(client, files, size.orders);
    await client.query(CONSTRAINTS_AND_INDEXES);
    const { rows } = await client.query<{ bytes: string }>('SELECT pg_database_size(current_database()) AS bytes');
    return {
      url,
      databaseBytes: Number(rows[0]?.bytes),
      filestoreBytes: files.reduce((sum, file) => sum + file.bytes, 0),
      fileCount: files.length,
    };
  });
}

function ownerUrl({ adminUrl, database, role, password }: SampleEnvironmentOptions): string {
  const url = new URL(adminUrl);
  url.username = encodeURIComponent(role);
  url.password = encodeURIComponent(password);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}

async function withClient<T>(connectionString: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString });
  await client.connect();
  return work(client).finally(() => client.end());
}

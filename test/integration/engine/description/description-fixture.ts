import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Client } from 'pg';
import { withConnection } from '../../../../src/engine/postgres/connection/connect.js';
import type { DatabaseAddress } from '../../../../src/engine/postgres/connection/database-address.js';
import {
  type CompareOptions,
  compareDescriptions,
  type Comparison,
} from '../../../../src/engine/postgres/description/compare-descriptions.js';
import {
  type DescribeOptions,
  describeDatabase,
} from '../../../../src/engine/postgres/description/describe-database.js';
import type { DescribedObject, Description } from '../../../../src/engine/postgres/description/described-object.js';
import { readServerRoles, type ServerRoles } from '../../../../src/engine/postgres/description/server-roles.js';
import { libpqEnvironment } from '../../../../src/engine/postgres/connection/libpq-environment.js';
import { findProgram } from '../../../../src/engine/postgres/programs/programs.js';
import { READING_SETTINGS, WRITING_SETTINGS } from '../../../../src/engine/postgres/connection/session-settings.js';

const run = promisify(execFile);

export const { major } = await findProgram('postgres');

/** What the client's transaction sees, through JSON, as it will come from a vault. */
export async function describedBy(
  client: Client,
  options: Omit<DescribeOptions, 'major'> = {},
): Promise<DescribedObject[]> {
  const objects: DescribedObject[] = [];
  for await (const batch of describeDatabase(client, { major, ...options })) {
    objects.push(...(JSON.parse(JSON.stringify(batch)) as DescribedObject[]));
  }
  return objects;
}

export async function described(address: DatabaseAddress): Promise<DescribedObject[]> {
  return withConnection(address, { settings: READING_SETTINGS }, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    return describedBy(client);
  });
}

/** In batches that do not end where kinds do. */
export function streamOf(objects: readonly DescribedObject[]): Description {
  return async function* () {
    for (let from = 0; from < objects.length; from += 7) yield objects.slice(from, from + 7);
  };
}

export async function compared(
  expected: readonly DescribedObject[],
  found: readonly DescribedObject[],
  roles: Pick<ServerRoles, 'own' | 'existing'>,
  options: Partial<CompareOptions> = {},
): Promise<Comparison> {
  return compareDescriptions(streamOf(expected)(), streamOf(found)(), {
    majors: { expected: major, found: major },
    ownersAndPrivileges: true,
    roles,
    ...options,
  });
}

/** On a connection as definitions and rows are restored by. */
export async function writing<T>(
  address: DatabaseAddress,
  work: (client: Client, roles: ServerRoles) => Promise<T>,
): Promise<T> {
  return withConnection(address, { settings: WRITING_SETTINGS }, async (client) =>
    work(client, await readServerRoles(client, major)),
  );
}

/** A dump in a private directory. */
export class Dump {
  private constructor(private readonly directory: string) {}

  static async of(address: DatabaseAddress): Promise<Dump> {
    const dump = new Dump(await mkdtemp(join(tmpdir(), 'snapback-test-description-')));
    const { path } = await findProgram('pg_dump');
    await run(path, ['-Fc', '-f', dump.file, address.database], { env: libpqEnvironment(address) });
    return dump;
  }

  async restore(address: DatabaseAddress, ...options: string[]): Promise<void> {
    const { path } = await findProgram('pg_restore');
    await run(path, ['--exit-on-error', ...options, '-d', address.database, this.file], {
      env: libpqEnvironment(address),
    });
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true });
  }

  private get file(): string {
    return join(this.directory, 'dump');
  }
}

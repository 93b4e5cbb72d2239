import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { libpqEnvironment } from '../../src/engine/postgres/connection/libpq-environment.js';
import { findProgram } from '../../src/engine/postgres/programs/programs.js';
import { words } from './ask.js';
import { type Difference, differences } from './compare.js';
import { describe, type DescribeOptions, type Description } from './describe.js';
import type { Place } from './place.js';
import { run } from './programs.js';

export interface Control {
  outcome: 'same' | 'differs' | 'failed';
  differences: Difference[];
  /** What the programs said. */
  errors?: string;
  /** Whether there was nothing at all afterwards. */
  nothing: boolean;
}

/**
 * What comes of the database when the role itself runs `pg_dump -Fc` and `pg_restore --create`, with the live one moved
 * out of the way meanwhile: the least that anybody would get.
 */
export async function runControl(place: Place, before: Description, options: DescribeOptions): Promise<Control> {
  const { id, world } = place;
  const archive = join(world.directory, `${id}.dump`);
  const [dump, restore] = [await findProgram('pg_dump'), await findProgram('pg_restore')];
  const env = libpqEnvironment(place.address);
  try {
    await run([dump.path, '--format=custom', '--file', archive, id], { env });
  } catch (error) {
    await rm(archive, { force: true });
    return { outcome: 'failed', differences: [], errors: words(error), nothing: true };
  }
  const aside = `${id}_aside`;
  await world.asSuperuser(`ALTER DATABASE ${id} RENAME TO ${aside}`);
  try {
    const said = await run([restore.path, '--create', '--dbname', 'postgres', archive], { env }).then(
      () => undefined,
      words,
    );
    const found = await describe(place.superuserAddress, options).catch(() => undefined);
    if (found === undefined) return { outcome: 'failed', differences: [], errors: said ?? '', nothing: true };
    const list = differences(before, found);
    const outcome = said !== undefined ? 'failed' : list.length > 0 ? 'differs' : 'same';
    return { outcome, differences: list, nothing: false, ...(said !== undefined && { errors: said }) };
  } finally {
    await world.dropDatabase(id);
    await world.asSuperuser(`ALTER DATABASE ${aside} RENAME TO ${id}`);
    await rm(archive, { force: true });
  }
}

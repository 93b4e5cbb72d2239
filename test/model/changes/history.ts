import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { libpqEnvironment } from '../../../src/engine/postgres/connection/libpq-environment.js';
import { findProgram } from '../../../src/engine/postgres/programs/programs.js';
import { makeInitialSchema } from '../initial-schema.js';
import type { World } from '../world.js';
import type { Change } from './change.js';
import { computeAnew } from './functions.js';

const MOST_ARCHIVES = 3;

async function program(world: World, name: 'pg_dump' | 'pg_restore', options: readonly string[]): Promise<void> {
  const { path } = await findProgram(name);
  const { live } = world.cluster;
  try {
    await promisify(execFile)(path, [...options], { env: libpqEnvironment(live), maxBuffer: 1 << 26 });
    world.note(`${name} ${options.join(' ')}`);
  } catch (error) {
    // It goes on after what could not be restored, as operators let it.
    world.note(`${name} ${options.join(' ')}\n    says: ${(error as Error).message.slice(0, 2000)}`);
  }
}

async function keepState(world: World): Promise<void> {
  const name = world.newName('state');
  await program(world, 'pg_dump', [
    '-Fc',
    '-Z0',
    '--file',
    join(world.directory, name),
    '--dbname',
    world.cluster.live.database,
  ]);
  world.archives.push(name);
  if (world.archives.length > MOST_ARCHIVES) world.archives.shift();
}

/** Puts an earlier state in place of what there is, in the same database. */
async function restoreOver(world: World): Promise<void> {
  const archive = world.dice.pick(world.archives);
  if (archive === undefined) return;
  await world.endAll();
  const options = ['--clean', '--if-exists', '--dbname', world.cluster.live.database, join(world.directory, archive)];
  await program(world, 'pg_restore', options);
  // The mark comes back as well, but not by the transaction that left it.
  world.lineageBroken = true;
  await computeAnew(world);
}

/** Drops the database and makes one of its name, with an earlier state or none. */
async function recreate(world: World): Promise<void> {
  await world.endAll();
  await world.disconnect();
  world.note('the database is dropped and made anew');
  await world.cluster.dropLive();
  await world.cluster.createLive();
  const archive = world.dice.onceIn(3) ? undefined : world.dice.pick(world.archives);
  if (archive !== undefined)
    await program(world, 'pg_restore', ['--dbname', world.cluster.live.database, join(world.directory, archive)]);
  await world.connect();
  world.lineageBroken = true;
  await (archive === undefined ? makeInitialSchema(world) : computeAnew(world));
}

async function restart(world: World, mode: 'fast' | 'immediate'): Promise<void> {
  world.note(mode === 'fast' ? 'the server restarts' : 'the server crashes');
  if (mode === 'fast') await world.disconnect();
  const restarting = world.cluster.server.restart(mode);
  await Promise.all([restarting, mode === 'fast' ? undefined : world.disconnect()]);
  await world.connect();
}

export const HISTORY_CHANGES: Change[] = [
  { name: 'keep the state', weight: 1, run: keepState },
  { name: 'restore another state', weight: 1, run: restoreOver },
  { name: 'recreate the database', weight: 1, run: recreate },
  { name: 'restart', weight: 1, run: (world) => restart(world, 'fast') },
  { name: 'crash', weight: 2, run: (world) => restart(world, 'immediate') },
];

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { capture } from '../../../src/engine/capture/capture.js';
import { EngineError } from '../../../src/engine/engine-error.js';
import type { DatabaseAddress } from '../../../src/engine/postgres/connection/database-address.js';
import { gatherDatabaseFacts } from '../../../src/engine/postgres/databases/database-facts.js';
import { libpqEnvironment } from '../../../src/engine/postgres/connection/libpq-environment.js';
import { findProgram } from '../../../src/engine/postgres/programs/programs.js';
import { silentProgress, type WorkContext } from '../../../src/engine/progress.js';
import { compareSnapshot } from '../../../src/engine/restore/compare/compare-snapshot.js';
import { cutover } from '../../../src/engine/restore/cutover/cutover.js';
import { discardStaged } from '../../../src/engine/restore/staging/discard.js';
import { stage } from '../../../src/engine/restore/staging/stage.js';
import type { Staged } from '../../../src/engine/restore/staging/staged.js';
import { MemoryJournal } from '../engine/memory-journal.js';
import type { VaultFixture } from '../pack-vault/fixture.js';
import {
  describeDatabase,
  type Description,
  type Difference,
  differencesBetween,
  pathOf,
} from './describe-database.js';
import { Place, type PlaceOptions, type Step } from './place.js';

/** A database, and what becomes of it. In all SQL `{owner}`, `{database}` and the names of further roles are replaced. */
export interface Scenario extends PlaceOptions {
  /** Makes the database; each step on a connection of its own. */
  setup: readonly Step[];
  /** What the deployment does to it after the snapshot; every table is dropped besides. */
  damage?: readonly Step[];
  /** Queries of the environment's role, with its own settings, that are to have the same answer afterwards. */
  probes?: readonly string[];
  /** Whether `pg_dump` and `pg_restore` are tried as well; default true. */
  control?: boolean;
  /** Run in the shadow. */
  neutralizeSql?: string;
  /** Goes on while the shadow is built and swapped in; told to end, it has to. */
  meanwhile?: (place: Place, signal: AbortSignal) => Promise<void>;
}

export interface Warning {
  code: string;
  message: string;
}

export interface Failure {
  step: 'capture' | 'stage' | 'cutover';
  code: string;
  message: string;
}

export interface RoundTrip {
  /** Neither failed nor different. */
  same: boolean;
  differences: Difference[];
  /** Of the capture alone: what is known beforehand. */
  captureWarnings: Warning[];
  /** All: of the capture, of what was staged, of the cutover. */
  warnings: Warning[];
  failure?: Failure;
  /** Plain `pg_dump -Fc` and `pg_restore` by the same role, into an empty database. It has no settings of the database. */
  control: { differences: Difference[]; failure?: string };
}

const PROJECT = randomUUID();
const quietly: WorkContext = { signal: new AbortController().signal, progress: silentProgress };

/** Snapshot, damage, rollback; and the control. The database and its roles are removed again. */
export async function roundTrip(place: VaultFixture, scenario: Scenario): Promise<RoundTrip> {
  const { setup, damage = [], probes = [] } = scenario;
  const database = await Place.make(scenario);
  try {
    await database.run(setup);
    // The control has no settings of the database.
    const by = { probes: probes.map((sql) => database.sql(sql)), path: await pathOf(database.address) };
    const describe = (address: DatabaseAddress) =>
      describeDatabase({ ...database.server, database: address.database }, address, by);
    const before = await describe(database.address);
    const control = scenario.control === false ? { differences: [] } : await plainly(database, before, describe);
    const warnings: Warning[] = [];
    const captureWarnings: Warning[] = [];
    const failure = await rollBack(place, database, scenario, { warnings, captureWarnings, damage });
    const differences = failure ? [] : differencesBetween(before, await describe(database.address));
    const same = !failure && differences.length === 0;
    return { same, differences, captureWarnings, warnings, ...(failure && { failure }), control };
  } finally {
    await database.drop();
  }
}

/** Takes a snapshot of a database and compares it as a verification does. `during` goes on meanwhile. */
export async function verification(
  place: VaultFixture,
  database: Place,
  during?: (signal: AbortSignal) => Promise<void>,
): Promise<{ failure?: Failure; leftOver: string[] }> {
  const snapshotId = randomUUID();
  await capture({ project: PROJECT, snapshotId, database: database.address }, place.vault, quietly);
  const like = await gatherDatabaseFacts(database.address);
  const request = {
    project: PROJECT,
    snapshotId,
    attemptId: randomUUID(),
    database: { address: database.address, like },
  };
  const end = new AbortController();
  const other = during?.(end.signal);
  try {
    const { leftOver } = await compareSnapshot(request, place.vault, quietly);
    return { leftOver };
  } catch (error) {
    return { failure: failed('stage', error), leftOver: [] };
  } finally {
    end.abort();
    await other;
  }
}

/** A snapshot alone, of what cannot wait. Rejects as `capture` does. */
export async function takeSnapshot(
  place: VaultFixture,
  database: DatabaseAddress,
  databaseOptions: { lockTimeoutMs?: number } = {},
): Promise<void> {
  await capture({ project: PROJECT, snapshotId: randomUUID(), database, databaseOptions }, place.vault, quietly);
}

interface Told {
  warnings: Warning[];
  captureWarnings: Warning[];
  damage: readonly Step[];
}

async function rollBack(
  { vault }: VaultFixture,
  database: Place,
  { neutralizeSql, meanwhile }: Scenario,
  { warnings, captureWarnings, damage }: Told,
): Promise<Failure | undefined> {
  const { address } = database;
  const snapshotId = randomUUID();
  const end = new AbortController();
  let other: Promise<void> | undefined;
  let step: Failure['step'] = 'capture';
  let staged: Staged | undefined;
  try {
    const captured = await capture({ project: PROJECT, snapshotId, database: address }, vault, quietly);
    captureWarnings.push(...captured.warnings, ...captured.findings);
    warnings.push(...captureWarnings);
    await database.run([...damage, ['superuser', DROP_EVERY_TABLE]]);
    step = 'stage';
    other = meanwhile?.(database, end.signal);
    const like = await gatherDatabaseFacts(address);
    staged = await stage(
      {
        ...{ project: PROJECT, snapshotId, attemptId: randomUUID() },
        database: {
          ...{ address, like, keepOwnersAndPrivileges: true, properties: 'captured' as const },
          ...(neutralizeSql !== undefined && { neutralizeSql }),
        },
      },
      vault,
      quietly,
    );
    warnings.push(...(staged.warnings ?? []));
    step = 'cutover';
    const result = await cutover(staged, { journal: new MemoryJournal() });
    warnings.push(...result.warnings.map((message) => ({ code: 'cutover', message })));
    return undefined;
  } catch (error) {
    if (staged) await discardStaged(staged);
    return failed(step, error);
  } finally {
    end.abort();
    await other;
  }
}

const DROP_EVERY_TABLE = `
  DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                 WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'snapback')
                   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    LOOP EXECUTE format('DROP TABLE IF EXISTS %s CASCADE', name); END LOOP;
  END $$`;

function failed(step: Failure['step'], error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  return { step, code: error instanceof EngineError ? error.code : 'unknown', message };
}

/** What belongs to the database itself is not in the archive that `pg_restore` puts into an empty one. */
const isOfDatabase = ({ what }: Difference) => what.startsWith('database ');

async function plainly(
  place: Place,
  before: Description,
  describe: (address: DatabaseAddress) => Promise<Description>,
): Promise<RoundTrip['control']> {
  const directory = await mkdtemp(join(tmpdir(), 'snapback-test-control-'));
  const run = promisify(execFile);
  try {
    const archive = join(directory, 'archive');
    const target = await place.makeBeside('control');
    const [dump, restore] = [await findProgram('pg_dump'), await findProgram('pg_restore')];
    const env = libpqEnvironment(place.address);
    let failure: string | undefined;
    try {
      await run(
        dump.path,
        ['--format=custom', '--exclude-schema=snapback', `--file=${archive}`, place.address.database],
        { env },
      );
      await run(restore.path, [`--dbname=${target.database}`, archive], { env, maxBuffer: 1 << 26 });
    } catch (error) {
      failure = (error as { stderr?: string }).stderr ?? String(error);
    }
    const differences = differencesBetween(before, await describe(target)).filter((found) => !isOfDatabase(found));
    return { differences, ...(failure !== undefined && { failure }) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** What a round trip came to, in words: how it failed, what differs, what was said of it. */
export interface Outcome {
  failure: Failure | undefined;
  differences: string[];
  warnings: string[];
}

export const SAME: Outcome = { failure: undefined, differences: [], warnings: [] };

/** Warnings with these codes are left out. */
export function outcome({ failure, differences, warnings }: RoundTrip, expectedCodes: readonly string[] = []): Outcome {
  const others = warnings.filter(({ code }) => !expectedCodes.includes(code));
  return {
    failure,
    differences: differences.map(inWords),
    warnings: others.map(({ code, message }) => `${code}: ${message}`),
  };
}

/** What became of it that nobody was told: a failure, and differences that no warning names. */
export function untold({ failure, differences, warnings }: RoundTrip): string[] {
  if (failure) return [`failed: ${failure.message}`];
  const isTold = ({ what }: Difference) => warnings.some(({ message }) => message.includes(nameIn(what)));
  return differences.filter((difference) => !isTold(difference)).map(inWords);
}

const inWords = ({ what, before, after }: Difference) => `${what}: ${before} → ${after}`;

/** The bare name in what a difference is about: `rate` in `can be called public.rate(integer)`. */
function nameIn(what: string): string {
  const words = what.replace(/\(.*$/, '').split(' ');
  return words.at(-1)!.split('.').at(-1)!.replaceAll('"', '');
}

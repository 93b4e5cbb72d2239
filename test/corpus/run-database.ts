import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RollbackPlan, SnapshotDetails } from '../../sdk/typescript/generated/types.gen.js';
import { ask, words } from './ask.js';
import { findingsIn, planRollback, rollBack, takeSnapshot, verifySnapshot } from './asked.js';
import { changeSomething, damageEverything } from './changes.js';
import { differences } from './compare.js';
import { runControl } from './control.js';
import type { Control } from './control.js';
import type { CorpusDatabase } from './corpus-database.js';
import type { Role } from './role.js';
import { describe, type DescribeOptions, type Description } from './describe.js';
import { Place } from './place.js';
import {
  type DatabaseResult,
  judgeDifferences,
  judgeFailure,
  type Sharing,
  type Step,
  type StepResult,
} from './results.js';
import type { World } from './world.js';

type Judged = Omit<StepResult, 'seconds'>;
interface Environments {
  environmentId: string;
  otherEnvironmentId: string;
}

const UNTRIED: Judged = { outcome: 'untried', shared: false, reasons: [] };
const LEFTOVERS_GO_WITHIN_MS = 5_000;

/** Takes one database through everything, as one role. */
export async function runDatabase(world: World, database: CorpusDatabase, role: Role): Promise<DatabaseResult> {
  const result: DatabaseResult = { database: database.name, about: database.about, role, steps: {}, notes: [] };
  const missing = (await withoutExtensions(world, database)) ?? (await database.missing?.(world));
  if (missing !== undefined) return { ...result, missing };
  const place = await Place.create(world, database, role);
  try {
    await new Course(place, database, result).run();
  } catch (error) {
    result.error = words(error);
  } finally {
    await place.remove();
  }
  return result;
}

async function withoutExtensions(world: World, { extensions = [] }: CorpusDatabase): Promise<string | undefined> {
  const offered = await world.asSuperuser('SELECT name::text FROM pg_available_extensions');
  const names = new Set(offered.map(({ name }) => name));
  const missing = extensions.filter((name) => !names.has(name));
  return missing.length === 0 ? undefined : `the server offers no ${missing.join(', ')}`;
}

class Course {
  private control!: Control;

  constructor(
    private readonly place: Place,
    private readonly database: CorpusDatabase,
    private readonly result: DatabaseResult,
  ) {}

  async run(): Promise<void> {
    const { place, database } = this;
    await this.timed('built', () => this.build());
    const first = await this.timed('described', () => describe(place.superuserAddress, this.describing));
    const elsewhere = await describe(place.superuserAddress, { ...this.describing, elsewhere: true });
    this.control = await this.timed('control', () => runControl(place, first, this.describing));
    this.result.control = this.control;
    const environments = await place.register();

    const full = await this.step('snapshot', () => this.snapshot(environments));
    if (full === undefined) return this.untried('verification', 'rollback', 'differential', 'elsewhere');
    await changeSomething(place, database.untouched);
    await database.changes?.(place);
    const second = await this.differential(environments);
    await this.step('verification', () => this.verifications(second === undefined ? [full] : [full, second.snapshot]));
    await this.step('rollback', () => this.rollbackWhileServing(environments, full, first));
    if (second !== undefined)
      await this.step('differential', async () => [
        await this.rollback(environments, second.snapshot, second.description, 'subject'),
      ]);
    await this.step('elsewhere', async () => [await this.elsewhere(environments, full, elsewhere)]);
  }

  private async rollbackWhileServing(
    environments: Environments,
    snapshot: SnapshotDetails,
    before: Description,
  ): Promise<[Judged]> {
    const application = await this.database.serve?.(this.place);
    try {
      const judged = await this.rollback(environments, snapshot, before, 'exact');
      const after = await application?.afterRollback();
      if (after?.note !== undefined) this.result.notes.push(after.note);
      if (after?.unwell === undefined) return [judged];
      return [{ outcome: 'failed', shared: false, reasons: [after.unwell, ...judged.reasons] }];
    } finally {
      await application?.stop();
    }
  }

  private get describing(): DescribeOptions {
    const { address, files } = this.place;
    const { probes: queries = [], volatile = [] } = this.database;
    return { files, probes: { address, queries }, volatile };
  }

  private async build(): Promise<void> {
    await this.database.build(this.place);
    if ((await readdir(this.place.files)).length > 0) return;
    for (const name of ['one', 'two', 'three'])
      await writeFile(join(this.place.files, name), `${name} of the corpus\n`);
  }

  private async snapshot({ environmentId }: Environments): Promise<[Judged, SnapshotDetails?]> {
    const snapshot = await takeSnapshot(this.place.world, environmentId);
    if (snapshot.status !== 'completed') return [this.failed(snapshot.failure, [])];
    return [{ outcome: 'same', shared: false, reasons: [] }, snapshot];
  }

  private async differential({
    environmentId,
  }: Environments): Promise<{ snapshot: SnapshotDetails; description: Description } | undefined> {
    const description = await describe(this.place.superuserAddress, this.describing);
    const snapshot = await takeSnapshot(this.place.world, environmentId).catch(words);
    if (typeof snapshot === 'object' && snapshot.status === 'completed') {
      if (snapshot.type !== 'differential') this.result.notes.push('the second snapshot was a full one');
      return { snapshot, description };
    }
    const reason = typeof snapshot === 'string' ? snapshot : findingsIn(snapshot.failure).join(' ');
    this.result.steps.differential = { ...judgeFailure(reason, this.control, []), seconds: 0 };
    return undefined;
  }

  private async verifications(snapshots: readonly SnapshotDetails[]): Promise<[Judged]> {
    const { world } = this.place;
    for (const snapshot of snapshots) {
      const seen = await verifySnapshot(world, snapshot);
      if (seen.verification?.outcome === 'equal') continue;
      const named = findingsIn(seen.verification);
      // Rows and files are equal, and what is not is said.
      if (
        seen.verification?.outcome === 'inconclusive' &&
        named.some((words) => words.includes('Rows and files are equal.'))
      )
        return [{ outcome: 'warned', shared: false, reasons: named }];
      const reason = `${seen.verification?.outcome}, ${findingsIn(seen.verification).join(' ')} (${snapshot.type})`;
      return [judgeFailure(reason, this.control, doubtsOf(snapshot))];
    }
    const left = await this.leftovers();
    if (left.length > 0) return [{ outcome: 'differs', shared: false, reasons: [`left behind: ${left.join(', ')}`] }];
    return [{ outcome: 'same', shared: false, reasons: [] }];
  }

  private async rollback(
    { environmentId }: Environments,
    snapshot: SnapshotDetails,
    before: Description,
    sharing: Sharing,
  ): Promise<Judged> {
    const { place } = this;
    await damageEverything(place);
    await this.database.damage?.(place);
    const body = { snapshotId: snapshot.id };
    const plan = await planRollback(place.world, environmentId, body);
    if (!plan.allowed) return this.failed(plan.refusals, refusalsOf(plan));
    const log = await rollBack(place.world, environmentId, body);
    if (log.status !== 'completed') return this.failed(log.failure, doubtsOf(snapshot));
    const warnings = findingsIn([snapshot, plan, log]);
    const after = await describe(place.superuserAddress, this.describing);
    return judgeDifferences(differences(before, after), this.control, warnings, sharing);
  }

  private async elsewhere(
    { environmentId, otherEnvironmentId }: Environments,
    snapshot: SnapshotDetails,
    before: Description,
  ): Promise<Judged> {
    const { world, other } = this.place;
    const body = { snapshotId: snapshot.id, targetEnvironmentId: otherEnvironmentId };
    const plan = await planRollback(world, environmentId, body);
    if (!plan.allowed) return this.failed(plan.refusals, refusalsOf(plan));
    const log = await rollBack(world, environmentId, body);
    if (log.status !== 'completed') return this.failed(log.failure, doubtsOf(snapshot));
    const describing = { ...this.describing, files: other.files, elsewhere: true };
    describing.probes = { address: other.address, queries: this.database.probes ?? [] };
    const after = await describe(other.superuserAddress, describing);
    return judgeDifferences(differences(before, after), this.control, findingsIn([snapshot, plan, log]), 'subject');
  }

  /** `told`: what was said about it before it was tried. */
  private failed(failure: unknown, told: readonly string[]): Judged {
    return judgeFailure(findingsIn(failure).join(' ') || 'no reason given', this.control, told);
  }

  private async leftovers(): Promise<string[]> {
    const { id, world } = this.place;
    const look = async () =>
      ask<{ name: string }>(
        world.address('postgres'),
        `SELECT datname::text AS name FROM pg_database WHERE datname LIKE 'snapback%' AND starts_with(pg_get_userbyid(datdba), '${id}')`,
      );
    for (const until = Date.now() + LEFTOVERS_GO_WITHIN_MS; Date.now() < until; await sleep(100))
      if ((await look()).length === 0) break;
    return (await look()).map(({ name }) => name);
  }

  private async step<T>(step: Step, work: () => Promise<[Judged, T?]>): Promise<T | undefined> {
    const startedAt = Date.now();
    const [judged, value] = await work().catch((error: unknown): [Judged, T?] => [this.thrown(error)]);
    this.result.steps[step] = { ...judged, seconds: (Date.now() - startedAt) / 1000 };
    return value;
  }

  private thrown(error: unknown): Judged {
    return { outcome: 'failed', shared: false, reasons: [words(error)] };
  }

  private untried(...steps: Step[]): void {
    for (const step of steps) this.result.steps[step] = { ...UNTRIED, seconds: 0 };
  }

  private async timed<T>(what: string, work: () => Promise<T>): Promise<T> {
    const startedAt = Date.now();
    const value = await work();
    this.result.notes.push(`${what} in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
    return value;
  }
}

/** Why the snapshot cannot come back, as it was known when it was taken. */
function doubtsOf({ restorability }: SnapshotDetails): string[] {
  return (restorability?.findings ?? []).filter(({ blocking }) => blocking).map(({ code }) => code);
}

/** What a plan refuses for, besides that a verification of ours has failed before: that one is counted where it happened. */
function refusalsOf({ refusals }: RollbackPlan): string[] {
  return refusals.map(({ code }) => code).filter((code) => code !== 'snapshot-refuted');
}

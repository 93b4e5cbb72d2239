import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  environmentCreate,
  projectCreate,
  rollbackCancel,
  rollbackCreate,
  rollbackLogList,
  rollbackPlan,
  rollbackUndo,
  settingsUpdate,
  snapshotCancel,
  snapshotCreate,
  snapshotDelete,
  snapshotPin,
  snapshotUnpin,
  snapshotVerify,
  snapshotView,
} from '../../sdk/typescript/generated/sdk.gen.js';
import type { Finding, RollbackLog, SnapshotDetails } from '../../sdk/typescript/generated/types.gen.js';
import { ask } from '../faults/rollback/slot.js';
import type { Random } from '../faults/vault/random.js';
import type { Stage } from './stage.js';

const ROWS = 300;
const FILES = 25;
/** How long anything may take to end, outages and all. */
const PATIENCE_MS = 5 * 60_000;
const LOOK_MS = 500;
const SNAPSHOTS_KEPT = 8;

const ACTIONS = {
  change: 4,
  snapshot: 6,
  cancelled: 1,
  rollback: 4,
  'rollback cancelled': 1,
  undo: 2,
  delete: 3,
  pin: 1,
  verify: 1,
};

export type Action = keyof typeof ACTIONS;

interface Answer<T> {
  data?: T;
  error?: { code?: string };
  response?: Response;
}

/**
 * One environment and the one who uses it: changes it, takes snapshots, rolls back, takes that back, deletes, and knows at any moment
 * what must be in the database and in the files. Whatever is broken meanwhile, it asks until it is answered.
 */
export class Resident {
  /** What every row and every file says now. */
  private mark = 'first';
  private readonly snapshots = new Map<string, string>();
  /** Rollbacks that may be undone, and the mark that brings back. */
  private undoable: { deploymentId: string; mark: string } | undefined;
  /** Safety snapshots that are being taken. */
  private readonly safeties: Promise<void>[] = [];
  readonly counts = new Map<string, number>();
  readonly broken: string[] = [];
  private marks = 0;

  private constructor(
    private readonly stage: Stage,
    private readonly random: Random,
    private readonly actions: Partial<Record<Action, number>>,
    readonly name: string,
    readonly projectId: string,
    readonly environmentId: string,
  ) {}

  static async create(stage: Stage, random: Random, leftOut: readonly Action[] = []): Promise<Resident> {
    const actions = Object.fromEntries(
      Object.entries(ACTIONS).filter(([action]) => !leftOut.some((one) => one === action)),
    );
    const name = `db_${randomBytes(4).toString('hex')}`;
    const { user, password } = stage.role;
    await stage.onServers(`CREATE DATABASE ${name} OWNER ${user}`);
    const address = stage.servers.address(name, user, password);
    await ask(
      address,
      `CREATE TABLE marked (n int PRIMARY KEY, mark text NOT NULL);
       INSERT INTO marked SELECT n, 'none' FROM generate_series(1, ${ROWS}) n`,
    );
    const files = join(stage.filestores, name);
    await mkdir(files);
    const { host, port } = address;
    const project = await persist(() => projectCreate({ client: stage.client(), body: { name } }));
    const environment = await persist(() =>
      environmentCreate({
        client: stage.client(),
        path: { projectId: project.id },
        body: {
          name,
          type: 'production',
          database: { kind: 'connection', host, port, database: name, user, password },
          filestorePath: files,
        },
      }),
    );
    const path = { environmentId: environment.id };
    await persist(() => settingsUpdate({ client: stage.client(), path, body: { undoMinutes: 1, fullEveryDays: 1 } }));
    const resident = new Resident(stage, random, actions, name, project.id, environment.id);
    await resident.change();
    return resident;
  }

  /** Uses the environment until `signal` is aborted, and ends what it has begun. */
  async live(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const action = this.random.weighted<Action>(this.actions as Record<Action, number>);
      this.counts.set(action, (this.counts.get(action) ?? 0) + 1);
      try {
        await this.act(action);
        await this.look(action);
      } catch (error) {
        this.broken.push(`${this.name}, ${action}: ${error instanceof Error ? error.message : String(error)}`);
        // What it is now is what is expected from here on.
        await this.change().catch(() => undefined);
      }
    }
    await Promise.all(this.safeties);
  }

  private async act(action: Action): Promise<void> {
    switch (action) {
      case 'change':
        return this.change();
      case 'snapshot':
        return this.takeSnapshot(false);
      case 'cancelled':
        return this.takeSnapshot(true);
      case 'rollback':
        return this.rollBack(false);
      case 'rollback cancelled':
        return this.rollBack(true);
      case 'undo':
        return this.undo();
      case 'delete':
        return this.delete();
      case 'pin':
        return this.pin();
      case 'verify':
        return this.verify();
    }
  }

  /** Another mark in all rows and files. */
  async change(): Promise<void> {
    this.marks += 1;
    const mark = `m${this.marks}`;
    await this.inDatabase(`UPDATE marked SET mark = '${mark}'`);
    for (let n = 0; n < FILES; n += 1) await writeFile(join(this.files, `${n}.txt`), contentOf(n, mark));
    this.mark = mark;
  }

  private async takeSnapshot(cancel: boolean): Promise<void> {
    const path = { environmentId: this.environmentId };
    const headers = { 'Idempotency-Key': randomUUID() };
    const type = this.random.pick(['full', undefined] as const);
    const { id } = await this.persist((client) => snapshotCreate({ client, path, headers, body: type && { type } }));
    if (cancel) {
      await sleep(this.random.between(0, 1_500));
      await this.persist(
        (client) => snapshotCancel({ client, path: { ...path, snapshotId: id } }),
        ['snapshot-ended'],
      ).catch(ignoreRefusal);
    }
    const snapshot = await this.endOfSnapshot(id);
    if (snapshot.status === 'completed') this.snapshots.set(id, this.mark);
    this.ended('snapshot', snapshot.status, snapshot.failure, id);
  }

  private async rollBack(cancel: boolean): Promise<void> {
    const [snapshotId, mark] = this.random.pick([...this.snapshots]) ?? [];
    if (snapshotId === undefined || mark === undefined) return;
    const path = { environmentId: this.environmentId };
    const headers = { 'Idempotency-Key': randomUUID() };
    const body = { snapshotId, createSafetySnapshot: this.random.chance(0.5) };
    const before = this.mark;
    const { deploymentId } = await this.persist((client) => rollbackCreate({ client, path, headers, body }));
    if (cancel) {
      await sleep(this.random.between(0, 3_000));
      await this.persist(
        (client) => rollbackCancel({ client, path: { deploymentId } }),
        ['rollback-not-cancellable'],
      ).catch(ignoreRefusal);
    }
    const log = await this.endOfRollback(deploymentId);
    this.ended('rollback', log.status, log.failure, deploymentId);
    if (log.status === 'completed') {
      this.mark = mark;
      this.undoable = { deploymentId, mark: before };
      this.awaitSafety(deploymentId, before, log);
    }
    if (log.failure?.code === 'cutover-incomplete') throw new Error(`A person has to look: ${log.failure.message}`);
  }

  /** Of what was there before, which may be rolled back to like any other: that shows that it is. It goes on beside the next action. */
  private awaitSafety(deploymentId: string, before: string, { safetySnapshotId }: RollbackLog): void {
    if (safetySnapshotId === null) return;
    const end = this.until(`the safety snapshot of ${deploymentId} ends`, async (client) => {
      const log = await this.logOf(client, deploymentId);
      // One that failed or was cancelled is followed by another one, unless the rollback was undone.
      return log?.safetySnapshotStatus === 'completed' || log?.undoneBy != null ? log : undefined;
    });
    this.safeties.push(
      end.then(
        ({ safetySnapshotId: id, safetySnapshotStatus: status }) => {
          this.counted(`safety snapshot ${status}`);
          if (status === 'completed') this.snapshots.set(id!, before);
        },
        (error: unknown) => void this.broken.push(`${this.name}: ${String(error)}`),
      ),
    );
  }

  private async undo(): Promise<void> {
    if (this.undoable === undefined) return;
    const { deploymentId, mark } = this.undoable;
    this.undoable = undefined;
    const path = { deploymentId };
    const headers = { 'Idempotency-Key': randomUUID() };
    try {
      const undo = await this.persist((client) => rollbackUndo({ client, path, headers }), ['undo-unavailable']);
      const log = await this.endOfRollback(undo.deploymentId);
      this.ended('undo', log.status, log.failure, undo.deploymentId);
      if (log.status === 'completed') this.mark = mark;
    } catch (error) {
      ignoreRefusal(error);
    }
  }

  private async delete(): Promise<void> {
    if (this.snapshots.size < SNAPSHOTS_KEPT / 2) return;
    const snapshotId = this.random.pick([...this.snapshots.keys()])!;
    const path = { environmentId: this.environmentId, snapshotId };
    const query = this.random.chance(0.5) ? ({ base: 'detach' } as const) : undefined;
    const expected = ['snapshot-is-base', 'snapshot-pinned', 'not-found'];
    const gone = await this.persist((client) => snapshotDelete({ client, path, query }), expected).then(
      () => true,
      (error: unknown) => error instanceof Refused && error.code === 'not-found',
    );
    if (gone) this.snapshots.delete(snapshotId);
  }

  private async pin(): Promise<void> {
    const snapshotId = this.random.pick([...this.snapshots.keys()]);
    if (snapshotId === undefined) return;
    const path = { environmentId: this.environmentId, snapshotId };
    await this.persist((client) => snapshotPin({ client, path, body: { label: 'held' } }), ['pin-limit-reached']).catch(
      ignoreRefusal,
    );
    await this.persist((client) => snapshotUnpin({ client, path }));
  }

  private async verify(): Promise<void> {
    const snapshotId = this.random.pick([...this.snapshots.keys()]);
    if (snapshotId === undefined) return;
    this.counted(`verification ${await this.outcomeOf(snapshotId)}`);
  }

  /** What a verification of it comes to, once all is whole. */
  async outcomeOf(snapshotId: string): Promise<string> {
    const path = { environmentId: this.environmentId, snapshotId };
    await this.persist((client) => snapshotVerify({ client, path }));
    const ended = await this.until(`the verification of ${snapshotId} ends`, async (client) => {
      const { data } = await snapshotView({ client, path });
      return data?.verification?.status === 'ended' ? data.verification : undefined;
    });
    if (ended.outcome === 'different' || ended.outcome === 'damaged' || ended.outcome === 'failed')
      this.broken.push(
        `${this.name}: the verification of ${snapshotId} says ${ended.outcome}: ${ended.finding?.message}`,
      );
    return String(ended.outcome);
  }

  completed(): string[] {
    return [...this.snapshots.keys()];
  }

  /** What is wrong with the files of a snapshot that was taken out of the vault to this directory. */
  async faultsOf(snapshotId: string, directory: string): Promise<string[]> {
    const mark = this.snapshots.get(snapshotId)!;
    const found = await Promise.all(
      Array.from({ length: FILES }, (_, n) => readFile(join(directory, `${n}.txt`), 'utf8').catch(() => 'nothing')),
    );
    return found.flatMap((content, n) =>
      content === contentOf(n, mark) ? [] : [`${n}.txt is ${content.slice(0, 30)}`],
    );
  }

  /** Every row and every file says what it must. */
  async look(after: string): Promise<void> {
    const rows = await this.inDatabase('SELECT mark, count(*)::int AS n FROM marked GROUP BY 1');
    const files = new Set<string>();
    for (let n = 0; n < FILES; n += 1) {
      const content = await readFile(join(this.files, `${n}.txt`), 'utf8');
      const mark = content.split(' ')[0]!;
      files.add(content === contentOf(n, mark) ? mark : `broken ${n}`);
    }
    const found = JSON.stringify([rows, [...files]]);
    const wanted = JSON.stringify([[{ mark: this.mark, n: ROWS }], [this.mark]]);
    if (found !== wanted) throw new Error(`after ${after} there is ${found} instead of ${wanted}`);
  }

  private get files(): string {
    return join(this.stage.filestores, this.name);
  }

  /** What nobody has foreseen is no outcome: its line in the log is what to look at. */
  private ended(what: string, status: string, failure: Finding | null, id: string): void {
    this.counted(`${what} ${status}${failure ? ` (${failure.code})` : ''}`);
    if (failure?.code !== 'internal-error') return;
    const lines = this.stage.processes.flatMap((process) => process.errorsAbout(id));
    throw new Error(`The ${what} ${id} failed with an error that nobody foresaw: ${lines.join('\n').slice(0, 3_000)}`);
  }

  /** Asks for a plan, which looks at everything beside what is live. */
  async plan(): Promise<void> {
    const snapshotId = this.completed().at(-1);
    if (snapshotId === undefined) return;
    const path = { environmentId: this.environmentId };
    await this.persist((client) => rollbackPlan({ client, path, body: { snapshotId } }));
  }

  private counted(outcome: string): void {
    this.counts.set(outcome, (this.counts.get(outcome) ?? 0) + 1);
  }

  private async inDatabase(sql: string): Promise<Record<string, unknown>[]> {
    const { user, password } = this.stage.role;
    for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(LOOK_MS)) {
      try {
        return await ask(this.stage.servers.address(this.name, user, password), sql);
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
    }
  }

  private endOfSnapshot(snapshotId: string): Promise<SnapshotDetails> {
    const path = { environmentId: this.environmentId, snapshotId };
    return this.until(`the snapshot ${snapshotId} ends`, async (client) => {
      const { data } = await snapshotView({ client, path });
      return data?.finishedAt != null ? data : undefined;
    });
  }

  private endOfRollback(deploymentId: string): Promise<RollbackLog> {
    return this.until(`the rollback ${deploymentId} ends`, async (client) => {
      const log = await this.logOf(client, deploymentId);
      return log?.finishedAt != null ? log : undefined;
    });
  }

  private async logOf(client: Client, deploymentId: string): Promise<RollbackLog | undefined> {
    const { data } = await rollbackLogList({ client, path: { environmentId: this.environmentId } });
    return data?.items.find((item) => item.deploymentId === deploymentId);
  }

  private async until<T>(what: string, look: (client: Client) => Promise<T | undefined>): Promise<T> {
    for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(LOOK_MS)) {
      try {
        const found = await look(this.stage.client());
        if (found !== undefined) return found;
      } catch {
        // Nobody answers at this moment.
      }
      if (Date.now() > deadline) throw new Error(`Within ${PATIENCE_MS / 1000} s it did not come to this: ${what}.`);
    }
  }

  private persist<T>(send: (client: Client) => Promise<Answer<T>>, refusals: readonly string[] = []): Promise<T> {
    return persist(() => send(this.stage.client()), refusals);
  }
}

/** Refused with a code that was to be expected. */
class Refused extends Error {
  constructor(readonly code: string) {
    super(`It was refused with ${code}.`);
  }
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof Refused)) throw error;
}

/** Asks until it is answered. Rejects with `Refused` for these codes, and with an `Error` for what should not happen. */
async function persist<T>(send: () => Promise<Answer<T>>, refusals: readonly string[] = []): Promise<T> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(LOOK_MS)) {
    try {
      const { data, error, response } = await send();
      if (response?.ok === true) return data as T;
      const code = error?.code ?? 'none';
      if (refusals.includes(code)) throw new Refused(code);
      // What another request of ours has begun may still be in the way.
      const passes =
        (response?.status ?? 503) >= 500 ||
        ['environment-busy', 'rollback-refused', 'snapshot-in-use', 'too-many-requests'].includes(code);
      if (!passes) throw new Error(`It was answered with ${response?.status} ${JSON.stringify(error)}.`);
      if (Date.now() > deadline)
        throw new Error(`It is still answered with ${response?.status} ${JSON.stringify(error)}.`);
    } catch (error) {
      if (error instanceof Refused || (error instanceof Error && error.message.startsWith('It '))) throw error;
      if (Date.now() > deadline) throw error;
    }
  }
}

function contentOf(n: number, mark: string): string {
  return `${mark} ${n} ${'x'.repeat(800)}`;
}

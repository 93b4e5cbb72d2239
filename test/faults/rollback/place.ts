import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  environmentCreate,
  environmentView,
  projectCreate,
  rollbackCreate,
  rollbackLogList,
  rollbackUndo,
  settingsUpdate,
  snapshotCreate,
  snapshotView,
} from '../../../sdk/typescript/generated/sdk.gen.js';
import type { RollbackLog, StandbyWhen } from '../../../sdk/typescript/generated/types.gen.js';
import { result } from '../../../sdk/typescript/result.js';
import type { DatabaseAddress } from '../../../src/engine/postgres/connection/database-address.js';
import { waitUntil } from '../../e2e/wait-until.js';
import { SmallDisk } from '../../harness/small-disk.js';
import { ask } from './slot.js';
import type { Slot } from './slot.js';

/**
 * By when what is not needed any more is gone, however often its removal was in vain: a worker that died is missed after ten seconds, one
 * that builds a standby is given fifteen to notice, and pauses grow.
 */
export const REMOVED_WITHIN_SECONDS = 180;
const ROWS = 200;
const FILES = 20;

/** An environment whose database and filestore each say which of two states they are in, in every row and file. */
export class Place {
  private constructor(
    readonly slot: Slot,
    readonly address: DatabaseAddress,
    readonly files: string,
    private readonly projectId: string,
    readonly environmentId: string,
    private snapshotId: string,
  ) {}

  /** `mounted`: its filestore is a mount point, as those of containers mostly are. */
  static async create(slot: Slot, { mounted = false } = {}): Promise<Place> {
    const name = `db_${randomBytes(4).toString('hex')}`;
    await slot.admin(`CREATE DATABASE ${name} OWNER ${slot.role.user}`);
    const address = slot.server.address(name, slot.role.user, slot.role.password);
    const files = join(slot.filestores, name);
    if (mounted) await mountFiles(slot, files);
    await ask(
      address,
      `CREATE TABLE marked (n int PRIMARY KEY, state text NOT NULL); CREATE TABLE written (n int PRIMARY KEY);
       INSERT INTO marked SELECT n, 'old' FROM generate_series(1, ${ROWS}) n`,
    );
    await mkdir(join(files, 'written'), { recursive: true });
    const client = slot.client();
    const project = await result(projectCreate({ client, body: { name } }));
    const { host, port, user, password } = address;
    const environment = await result(
      environmentCreate({
        client,
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
    await result(settingsUpdate({ client, path, body: { undoMinutes: 0 } }));
    const place = new Place(slot, address, files, project.id, environment.id, '');
    await place.become('captured');
    place.snapshotId = (await result(snapshotCreate({ client, path }))).id;
    await waitUntil(
      'the snapshot is completed',
      async () => {
        const { status } = await result(snapshotView({ client, path: { ...path, snapshotId: place.snapshotId } }));
        return status === 'completed';
      },
      { seconds: 60 },
    );
    return place;
  }

  async become(state: 'captured' | 'present'): Promise<void> {
    await ask(this.address, `UPDATE marked SET state = '${state}'; DELETE FROM written`);
    await rm(join(this.files, 'written'), { recursive: true, force: true });
    await mkdir(join(this.files, 'written'));
    for (let n = 0; n < FILES; n += 1) await writeFile(join(this.files, `${n}.txt`), contentOf(n, state));
  }

  /** The id of a rollback that has been asked for; `to` what was captured, unless it says otherwise. */
  async rollBack({ safety = false, to = this.snapshotId, key = randomUUID() as string } = {}): Promise<string> {
    const client = this.slot.client();
    const body = { snapshotId: to, createSafetySnapshot: safety };
    const headers = { 'Idempotency-Key': key };
    const path = { environmentId: this.environmentId };
    return (await result(rollbackCreate({ client, path, headers, body }))).deploymentId;
  }

  /** The id of an undo that has been asked for; null when it was refused. */
  async undo(deploymentId: string, key: string): Promise<string | null> {
    const headers = { 'Idempotency-Key': key };
    const request = rollbackUndo({ client: this.slot.client(), path: { deploymentId }, headers });
    const { data, error } = await request;
    if (data === undefined && error?.code !== 'undo-unavailable') return (await result(request)).deploymentId;
    return data?.deploymentId ?? null;
  }

  /** How long rollbacks from now on keep what they have swapped out. */
  async keepFor(undoMinutes: number): Promise<void> {
    const path = { environmentId: this.environmentId };
    await result(settingsUpdate({ client: this.slot.client(), path, body: { undoMinutes } }));
  }

  async standBy(standby: StandbyWhen): Promise<void> {
    const path = { environmentId: this.environmentId };
    await result(settingsUpdate({ client: this.slot.client(), path, body: { standby } }));
  }

  /** What was captured stands ready beside what is live; there is a worker. */
  async standsReady(seconds = 90): Promise<void> {
    await this.standBy('newest');
    const path = { projectId: this.projectId, environmentId: this.environmentId };
    const ready = async () => {
      const { data } = await environmentView({ client: this.slot.client(), path });
      return data?.standby?.status === 'ready' && data.standby.snapshotId === this.snapshotId;
    };
    await waitUntil('the standby is ready', ready, { seconds, everyMs: 100 });
  }

  async log(deploymentId: string): Promise<RollbackLog> {
    return (await this.logs()).find((log) => log.deploymentId === deploymentId)!;
  }

  /** Newest first. */
  private async logs(): Promise<RollbackLog[]> {
    const path = { environmentId: this.environmentId };
    return (await result(rollbackLogList({ client: this.slot.client(), path }))).items;
  }

  async ended(deploymentId: string, seconds = 90): Promise<RollbackLog> {
    const ended = async () => {
      const log = await this.log(deploymentId).catch(() => undefined);
      return log !== undefined && log.finishedAt !== null && log;
    };
    try {
      return await waitUntil(`the rollback ${deploymentId} ends`, ended, { seconds, everyMs: 100 });
    } catch (error) {
      const step = (await this.log(deploymentId).catch(() => undefined))?.steps.at(-1);
      throw new Error(`${String(error)} It is at ${JSON.stringify(step)}. ${await this.slot.waits()}`, {
        cause: error,
      });
    }
  }

  /** No rollback is under way, nor a safety snapshot; there is a worker. What is begun now begins from what is there now. */
  async rests(seconds = 120): Promise<void> {
    const rests = async () =>
      (await this.logs()).every(
        ({ finishedAt, safetySnapshotStatus }) =>
          finishedAt !== null && !['queued', 'running'].includes(safetySnapshotStatus ?? ''),
      );
    await waitUntil('nothing is under way in the environment', rests, { seconds, everyMs: 200 });
  }

  /** The log of a rollback whose safety snapshot is completed; `gone`: and what it was taken of removed. */
  async captured(deploymentId: string, { seconds = 90, gone = false } = {}): Promise<RollbackLog> {
    let last: RollbackLog | undefined;
    const look = async () => {
      last = await this.log(deploymentId).catch(() => undefined);
      return last?.safetySnapshotStatus === 'completed' && (!gone || last.keptDatabase === null) && last;
    };
    try {
      return await waitUntil(`the safety snapshot of ${deploymentId} is completed`, look, { seconds, everyMs: 100 });
    } catch (error) {
      const { safetySnapshotId, safetySnapshotStatus, keptDatabase } = last ?? {};
      const where = JSON.stringify({ safetySnapshotId, safetySnapshotStatus, keptDatabase });
      throw new Error(`${String(error)} It is at ${where}. ${await this.slot.waits()}`, { cause: error });
    }
  }

  /**
   * Every promise that is broken about a safety snapshot that is completed, a sentence each: what is kept is closed, everything
   * that was confirmed before the swap is in it, and it is the state of before. Nobody may write meanwhile.
   */
  async brokenSafety({ keptDatabase, safetySnapshotId }: RollbackLog, confirmed: readonly number[]): Promise<string[]> {
    const broken: string[] = [];
    const open = await this.slot.admin(
      `SELECT datname::text AS name FROM pg_database WHERE datname = '${keptDatabase ?? ''}' AND datallowconn`,
    );
    broken.push(...open.map(({ name }) => `${String(name)} is open`));
    await this.keepFor(0);
    const log = await this.ended(await this.rollBack({ to: safetySnapshotId! }));
    if (log.status !== 'completed')
      return [...broken, `it does not go back to its safety snapshot: ${log.failure?.message ?? log.status}`];
    const faults = [...(await this.missing(confirmed)), ...(await this.brokenPromises(log, 'present'))];
    return [...broken, ...(faults.length === 0 ? [] : [...faults, await this.history(safetySnapshotId!)])];
  }

  /** What happened here, for whoever has to find out why a promise is broken. */
  private async history(snapshotId: string): Promise<string> {
    const path = { environmentId: this.environmentId };
    const logs = (await this.logs()).slice(0, 3);
    const snapshot = await result(snapshotView({ client: this.slot.client(), path: { ...path, snapshotId } }));
    const shown = logs.map(({ deploymentId, snapshotId: of, status, standby, safetySnapshotId, steps, warnings }) => {
      const went = steps.map(({ name, status: how, detail, startedAt }) => `${startedAt} ${name} ${how}: ${detail}`);
      return { deploymentId, of, status, standby, safetySnapshotId, warnings, went };
    });
    return `its history is ${JSON.stringify({ rollbacks: shown, snapshot })}`;
  }

  /** What was confirmed and is not there, a sentence each. */
  async missing(confirmed: readonly number[]): Promise<string[]> {
    const rows = new Set((await ask(this.address, 'SELECT n FROM written')).map(({ n }) => Number(n)));
    const lost = confirmed.filter((n) => !rows.has(n));
    if (lost.length === 0) return [];
    return [
      `${lost.length} of ${confirmed.length} rows that were confirmed before the swap are lost: ${lost.slice(0, 20).join(', ')}`,
    ];
  }

  /** Every promise that is broken after a rollback has ended, a sentence each. `to`: what it was to bring back. */
  async brokenPromises(log: RollbackLog, to = 'captured'): Promise<string[]> {
    const [state, left] = [await this.brokenState(log, to), await this.leftovers()];
    const known = left.length === 0 ? [] : [await this.knownOfLeftovers()];
    return [...state, ...left.map((name) => `${name} is left over`), ...known];
  }

  /** The same without what may still be kept. */
  async brokenState(log: RollbackLog, to = 'captured'): Promise<string[]> {
    const rows = await ask(this.address, `SELECT state, count(*)::int AS n FROM marked GROUP BY 1`).catch(
      (error: Error) => [{ state: error.message, n: 0 }],
    );
    const [row] = rows;
    if (rows.length !== 1 || row?.['n'] !== ROWS) return [`the rows cannot be read: ${JSON.stringify(rows)}`];
    const state = String(row['state']);
    const broken: string[] = [];
    for (let n = 0; n < FILES; n += 1) {
      const content = await readFile(join(this.files, `${n}.txt`), 'utf8').catch(() => 'missing');
      if (content !== contentOf(n, state)) broken.push(`rows are ${state}, file ${n} is ${content.slice(0, 20)}`);
    }
    const expected = log.status === 'completed' ? to : 'present';
    if (state !== expected) broken.push(`the log says ${log.status} and everything is ${state}`);
    if (log.failure?.code === 'cutover-incomplete') broken.push(`a person has to look: ${log.failure.message}`);
    const numbers = await ask(this.address, 'SELECT n FROM written');
    const present = new Set(await readdir(join(this.files, 'written')));
    for (const { n } of numbers) if (!present.has(String(n))) broken.push(`row ${String(n)} has no file`);
    return broken;
  }

  private async leftovers(): Promise<string[]> {
    const look = async () => {
      const databases = await this.slot.admin(
        `SELECT datname::text AS name FROM pg_database WHERE datname LIKE 'snapback%'`,
      );
      const beside = (await readdir(this.slot.filestores)).filter((name) =>
        name.startsWith(`.${basename(this.files)}.`),
      );
      const inside = (await readdir(this.files)).filter((name) => name.includes('.snapback-'));
      return [...(this.slot.shared ? [] : databases.map(({ name }) => String(name))), ...beside, ...inside];
    };
    const options = { seconds: REMOVED_WITHIN_SECONDS };
    await waitUntil('nothing is left', async () => (await look()).length === 0, options).catch(() => undefined);
    return look();
  }

  /** What the service knows of what lies beside this environment, for whoever has to find out why it does. */
  private async knownOfLeftovers(): Promise<string> {
    const rows = await ask(
      this.slot.state,
      `SELECT json_build_object(
         'standbys', (SELECT json_agg(y) FROM standbys y WHERE environment_id = '${this.environmentId}'),
         'verifications', (SELECT json_agg(v) FROM snapshot_verifications v WHERE environment_id = '${this.environmentId}' AND status <> 'ended'),
         'kept', (SELECT json_agg(json_build_object('id', deployment_id, 'status', status, 'database', kept_database, 'directory', kept_directory))
                    FROM rollback_logs WHERE environment_id = '${this.environmentId}' AND (kept_database, kept_directory) IS DISTINCT FROM (NULL, NULL)),
         'items', (SELECT json_agg(k) FROM keeper_items k WHERE environment_id = '${this.environmentId}')) AS known`,
    ).catch((error: Error) => [{ known: error.message }]);
    return `of what is left over is known: ${JSON.stringify(rows[0]?.['known'])}`;
  }
}

/** It is what is filled, too, where disks are. */
async function mountFiles(slot: Slot, files: string): Promise<void> {
  const disk = await SmallDisk.mount(files, 64);
  if (disk === undefined) throw new Error('It takes a user who may mount.');
  slot.mounts.push(disk);
  if (slot.disks) slot.disks = { ...slot.disks, files: disk };
}

function contentOf(n: number, state: string): string {
  return `${state} ${n} ${'x'.repeat(500)}`;
}

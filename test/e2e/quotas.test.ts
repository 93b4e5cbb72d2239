import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import {
  deploymentCreate,
  environmentCreate,
  environmentDelete,
  protectionList,
  quotaView,
  rollbackUndo,
  scheduleRunList,
  settingsUpdate,
  snapshotCreate,
  snapshotVerify,
  usageView,
} from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { Configuration } from '../../src/config/configuration.js';
import { parseQuotaArguments } from '../../src/quotas/cli/quota-arguments.js';
import { runQuotaCommand } from '../../src/quotas/cli/run-quota-command.js';
import { query, urlOf } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startServiceOf } from '../harness/service.js';
import { nothingIsLeft } from './leftovers.js';
import { endOfRollback, endOfSnapshot, rollBack, takeSnapshot } from './outcomes.js';
import { waitUntil } from './wait-until.js';

let service: Awaited<ReturnType<typeof startServiceOf>>;
let client: Client;
let others: Client;
let place: TestEnvironment;

beforeAll(async () => {
  service = await startServiceOf(['acme', 'globex'], { SCHEDULE_JITTER_SECONDS: '0' });
  [client, others] = [service.client({ organization: 'acme' }), service.client({ organization: 'globex' })];
  place = await createTestEnvironment(client, service.rootOf('acme'), { undoMinutes: 60 });
});
afterAll(async () => {
  const { project, environment } = place;
  const ids = { projectId: project.id, environmentId: environment.id };
  await result(environmentDelete({ client, path: ids, query: { snapshots: 'delete' } }));
  await nothingIsLeft([place]).finally(() => service.stop());
});

/** As an operator does it. */
async function operate(...argv: string[]): Promise<string[]> {
  const lines: string[] = [];
  const state = { url: urlOf(service.database), defaults: new Configuration() };
  await runQuotaCommand(parseQuotaArguments(argv), state, (line) => void lines.push(line));
  return lines;
}
afterEach(() => operate('clear', 'acme'));

const path = () => ({ environmentId: place.environment.id });
/** What it is refused with. */
const refusalOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );
const quotaOf = async (name: string) =>
  (await result(quotaView({ client }))).quotas.find((quota) => quota.name === name);

describe('quotas', { timeout: 120_000 }, () => {
  it('of environments are exact: of two that ask for the last one at a time one gets it', async () => {
    const projectId = place.project.id;
    await operate('set', 'acme', '--environments', '2');
    const create = async (name: string) => {
      const filestorePath = join(service.rootOf('acme'), name);
      await mkdir(filestorePath, { recursive: true });
      return result(
        environmentCreate({
          client,
          path: { projectId },
          body: { name, type: 'staging', filestorePath },
          query: { check: false },
        }),
      );
    };
    const came = await Promise.allSettled(['one', 'other', 'third'].map(create));
    expect(came.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refusals = came.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    const problem = { status: 409, code: 'quota-environments-reached', detail: expect.stringContaining('may have 2') };
    expect(refusals).toMatchObject([{ problem }, { problem }]);
    expect(await quotaOf('environments')).toEqual({
      ...{ name: 'environments', limit: 2, source: 'organization', used: 2, reached: true },
    });
    await query(service.database, `DELETE FROM environments WHERE name IN ('one', 'other', 'third')`);
  });

  it('of snapshots and stored bytes, lowered below what there is, delete nothing and refuse what is new', async () => {
    await takeSnapshot(client, place.environment.id, { type: 'full' });
    const said = await operate('set', 'acme', '--snapshots', '0', '--stored-bytes', '1');
    expect(said.filter((line) => line.includes('nothing is deleted'))).toHaveLength(2);
    expect(await refusalOf(result(snapshotCreate({ client, path: path() })))).toMatchObject({
      problem: { status: 409, code: 'quota-snapshots-reached' },
    });
    await operate('set', 'acme', '--snapshots', 'none');
    expect(await refusalOf(result(snapshotCreate({ client, path: path() })))).toMatchObject({
      problem: { status: 409, code: 'quota-stored-bytes-reached' },
    });
    expect(await quotaOf('storedBytes')).toMatchObject({ limit: 1, reached: true, source: 'organization' });
    expect((await quotaOf('storedBytes'))?.used).toBeGreaterThan(1);
    expect(await quotaOf('snapshots')).toMatchObject({ limit: null, reached: false, used: 1 });
    // Another organization is held to nothing, and sees nothing of it.
    expect((await result(quotaView({ client: others }))).quotas.map(({ used }) => used)).toEqual([0, 0, 0, 0, 0]);
  });

  it('keep nobody from a rollback, its safety snapshot and an undo', async () => {
    const { id: snapshotId } = await takeSnapshot(client, place.environment.id);
    await operate(
      'set',
      'acme',
      '--snapshots',
      '0',
      '--stored-bytes',
      '0',
      '--running-jobs',
      '0',
      '--waiting-jobs',
      '0',
    );
    const log = await rollBack(client, place.environment.id, { snapshotId });
    expect(log.status).toBe('completed');
    const safety = await endOfSnapshot(client, { ...path(), snapshotId: log.safetySnapshotId! });
    expect(safety).toMatchObject({ status: 'completed', trigger: 'safety' });
    const { deploymentId } = await result(rollbackUndo({ client, path: { deploymentId: log.deploymentId } }));
    expect(await endOfRollback(client, place.environment.id, deploymentId)).toMatchObject({ status: 'completed' });
  });

  it('of waiting jobs answer 429 with Retry-After to snapshots, verifications and deployments', async () => {
    const { id: snapshotId } = await takeSnapshot(client, place.environment.id);
    await operate('set', 'acme', '--running-jobs', '0', '--waiting-jobs', '1');
    const { id: waiting } = await result(snapshotCreate({ client, path: path() }));
    const more = await snapshotCreate({ client, path: path(), throwOnError: false });
    expect(more.response?.headers.get('retry-after')).toBe('30');
    expect(more.error).toMatchObject({ status: 429, code: 'quota-waiting-jobs-reached' });
    expect(await refusalOf(result(snapshotVerify({ client, path: { ...path(), snapshotId } })))).toMatchObject({
      problem: { status: 429 },
    });
    expect(await refusalOf(result(deploymentCreate({ client, path: path() })))).toMatchObject({
      problem: { status: 429 },
    });
    await operate('clear', 'acme');
    expect(await endOfSnapshot(client, { ...path(), snapshotId: waiting })).toMatchObject({ status: 'completed' });
  });

  it('refuse a deployment without room for its snapshot, or open its gate and say so, as failurePolicy has it', async () => {
    await operate('set', 'acme', '--snapshots', '0');
    expect(await refusalOf(result(deploymentCreate({ client, path: path() })))).toMatchObject({
      problem: { code: 'quota-snapshots-reached' },
    });
    await result(settingsUpdate({ client, path: path(), body: { failurePolicy: 'continue' } }));
    expect(await result(deploymentCreate({ client, path: path() }))).toMatchObject({
      ...{ gate: 'open', snapshotId: null, gateReason: expect.stringContaining('no snapshot was taken') },
    });
    await result(settingsUpdate({ client, path: path(), body: { failurePolicy: 'block' } }));
  });

  it('have a due run skipped, which protection gives as the reason, and let the schedule go on later', async () => {
    await operate('set', 'acme', '--snapshots', '0');
    await result(
      settingsUpdate({ client, path: path(), body: { schedule: [{ cron: '* * * * *', timeZone: 'UTC' }] } }),
    );
    const dueNow = async () => {
      // Not while somebody looks, who would write down that all is looked after until now.
      await waitUntil('it was looked after', async () => {
        const looked = `SELECT FROM schedule_marks, keeper_items WHERE kind = 'schedule' AND held_by IS NULL AND due_at > now()`;
        return (await query(service.database, looked)).length === 1;
      });
      await query(
        service.database,
        `UPDATE schedule_runs SET due_at = due_at - interval '1 hour';
         UPDATE schedule_marks SET looked_after_until = looked_after_until - interval '90 s';
         UPDATE keeper_items SET due_at = now() WHERE kind = 'schedule'`,
      );
    };
    await dueNow();
    const runs = async () => (await result(scheduleRunList({ client, path: path() }))).items;
    await waitUntil('it is skipped', async () => (await runs())[0]?.outcome === 'skipped');
    expect((await runs())[0]).toMatchObject({ reason: { code: 'quota-snapshots-reached' } });
    await query(service.database, `UPDATE snapshots SET created_at = created_at - interval '1 day'`);
    const { items } = await result(protectionList({ client }));
    const own = items.find(({ environmentId }) => environmentId === place.environment.id);
    expect(own).toMatchObject({
      ...{ state: expect.stringMatching(/late|unprotected/), reason: { code: 'quota-snapshots-reached' } },
    });
    await operate('clear', 'acme');
    await dueNow();
    await waitUntil('it goes on', async () => (await runs())[0]?.outcome === 'started');
    await result(settingsUpdate({ client, path: path(), body: { schedule: [] } }));
    const { items: started } = await result(scheduleRunList({ client, path: path() }));
    await endOfSnapshot(client, { ...path(), snapshotId: started[0]!.snapshotId! });
  });
});

describe('usage', () => {
  it('has what was added and how many were completed, for those alone who may see the project', async () => {
    const { items } = await result(usageView({ client }));
    expect(items[0]).toMatchObject({ projectId: place.project.id, projectName: place.project.name });
    expect(items.reduce((sum, { addedBytes }) => sum + addedBytes, 0)).toBeGreaterThan(0);
    expect(items.reduce((sum, { snapshotCount }) => sum + snapshotCount, 0)).toBeGreaterThan(3);
    expect((await result(usageView({ client: others }))).items).toEqual([]);
    const limited = service.client({ organization: 'acme', projects: ['another'] });
    expect((await result(usageView({ client: limited }))).items).toEqual([]);
  });
});

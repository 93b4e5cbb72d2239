import { afterAll, beforeAll, describe, it } from 'vitest';
import { rollBack, takeSnapshot } from '../e2e/outcomes.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { sampleOf } from '../harness/thorough.js';
import { eachObject, startChangedAnswers } from './changed-answers.js';
import type { ChangedAnswers } from './changed-answers.js';
import type { CommandLine } from './command-line.js';
import { READS, wordsOf } from './reads.js';
import { somebody } from './somebody.js';

/** What every service has always said: without it there would be nothing to show, and no way to ask further. */
const ALWAYS = new Set([
  ...['id', 'name', 'type', 'status', 'createdAt', 'environmentId', 'projectId', 'deploymentId', 'snapshotId'],
  ...['items', 'total', 'nextCursor', 'kind', 'state', 'since', 'allowed', 'percent', 'final', 'finishedAt', 'message'],
]);
/** Values of enumerations that decide over nothing but what is shown. */
const SHOWN = new Set(['type', 'trigger', 'phase', 'gate', 'decision', 'verify', 'standby', 'name', 'code', 'state']);

const asNewer = eachObject((properties) => [
  ...properties.map(([name, value]): [string, unknown] => {
    // Those are people's own: nothing new comes into them.
    if (name === 'labels') return [name, {}];
    return [name, SHOWN.has(name) && typeof value === 'string' ? 'brand_new' : value];
  }),
  ['brandNew', { of: ['a newer service'], at: null }],
]);
const asOlder = eachObject((properties) => properties.filter(([name]) => ALWAYS.has(name)));

let service: TestService;
let place: TestEnvironment;
let names: Record<string, string>;
let newer: ChangedAnswers;
let older: ChangedAnswers;
let snapback: CommandLine;

beforeAll(async () => {
  service = await startTestService();
  const client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot, { undoMinutes: 10 });
  const { id: environmentId } = place.environment;
  const { id: snapshotId } = await takeSnapshot(client, environmentId);
  const { deploymentId } = await rollBack(client, environmentId, { snapshotId, createSafetySnapshot: false });
  names = { SNAPSHOT: snapshotId, DEPLOYMENT: deploymentId };
  newer = await startChangedAnswers(service.url, asNewer);
  older = await startChangedAnswers(service.url, asOlder);
  snapback = await somebody(service.url, place);
});
afterAll(async () => {
  await Promise.all([newer.close(), older.close()]);
  await service.stop();
  await Promise.all([place.database.drop(), snapback.remove()]);
});

const WORK = ['snapshot create --wait', 'rollback run SNAPSHOT --yes --wait --no-safety-snapshot'];

describe.concurrent.each([
  ['newer', () => newer.url],
  ['older', () => older.url],
])('a service that is %s', (_, url) => {
  it.for(sampleOf(READS, 8))('is no trouble for "%s"', async (command, { expect }) => {
    const { code, out, err } = await snapback.run(wordsOf(command, names), { env: { SNAPBACK_URL: url() } });
    expect({ code, out, err }).toMatchObject({ code: 0 });
    expect(`${out}${err}`).not.toMatch(/undefined|NaN|\[object/);
  });
});

describe('work', () => {
  it.for(['newer', 'older'])('of a service that is %s is waited for to its end', async (age, { expect }) => {
    const env = { SNAPBACK_URL: age === 'newer' ? newer.url : older.url };
    for (const command of WORK) {
      const { code, out, err } = await snapback.run(wordsOf(command, names), { env });
      expect({ code, out, err }).toMatchObject({ code: 0 });
      expect(`${out}${err}`).not.toMatch(/undefined|NaN|\[object/);
    }
  });
});

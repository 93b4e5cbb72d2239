import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { changeBoth, stateOf } from '../e2e/marked-environment.js';
import { endOfRollback, takeSnapshot } from '../e2e/outcomes.js';
import { makeRestoreSlow, restoreIsAsleep } from '../e2e/slow-restore.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { KEYS } from './command-line.js';
import type { CommandLine } from './command-line.js';
import { somebody } from './somebody.js';

let service: TestService;
let client: Client;
let quick: TestEnvironment;
let slow: TestEnvironment;
let snapback: CommandLine;

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
  quick = await createTestEnvironment(client, service.filestoreRoot, { type: 'staging' });
  slow = await createTestEnvironment(client, service.filestoreRoot, { type: 'staging' });
  await makeRestoreSlow(slow);
  for (const place of [quick, slow]) {
    await takeSnapshot(client, place.environment.id);
    await changeBoth(place);
  }
  snapback = await somebody(service.url);
});
afterAll(async () => {
  await service.stop();
  await Promise.all([quick.database.drop(), slow.database.drop(), snapback.remove()]);
});

const variables = ({ project, environment }: TestEnvironment) => ({
  SNAPBACK_PROJECT: project.id,
  SNAPBACK_ENVIRONMENT: environment.id,
});
const RUN = ['rollback', 'run', 'latest', '--yes', '--wait'];

describe('who waits for a rollback', { timeout: 60_000 }, () => {
  it('and cancels it at Ctrl-C has it cancelled, and what was there is there', async () => {
    const session = snapback.terminal(RUN, { env: variables(slow) });
    await restoreIsAsleep(slow);
    await session.until(/ % {2}\w+/);
    session.type(KEYS.ctrlC);
    await session.until(/What becomes of the rollback of .*\?[^]*Go on watching/);
    session.type(`${KEYS.down}${KEYS.enter}`);
    expect({ code: await session.ended, text: session.text }).toEqual({
      code: 130,
      text: expect.stringContaining('is being cancelled. Look at it again: snapback rollback logs'),
    });
    const { out } = await snapback.run(['rollback', 'logs', '--output', 'json'], { env: variables(slow) });
    const [{ deploymentId }] = JSON.parse(out) as [{ deploymentId: string }];
    expect(await endOfRollback(client, slow.environment.id, deploymentId)).toMatchObject({ status: 'cancelled' });
    expect(await stateOf(slow)).toEqual({ rows: 'present', files: 'present' });
  });

  it('in a pipe gets its plan and what came of it on one side, and a line for each phase on the other', async () => {
    const { code, out, err } = await snapback.run(RUN, { env: variables(quick) });
    expect({ code, out, err }).toMatchObject({ code: 0 });
    expect(out).toMatch(/becomes +the snapshot \w{8}[^]*\n.* is rolled back in [\d.]+ s, down for \d+ ms\.\n$/);
    const lines = err.trimEnd().split('\n');
    expect(lines.filter((line) => !/^\d+ % {2}[a-z-]+( {2}[\d.]+ \w+( of [\d.]+ \w+)?)?$/.test(line))).toEqual([]);
    expect(lines.length).toBeGreaterThan(1);
    expect(await stateOf(quick)).toEqual({ rows: 'captured', files: 'captured' });
  });
});

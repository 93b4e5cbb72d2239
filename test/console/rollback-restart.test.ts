import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Snapback } from '../../sdk/typescript/index.js';
import { changeBoth, stateOf } from '../e2e/marked-environment.js';
import { makeRestoreSlow, restoreIsAsleep } from '../e2e/slow-restore.js';
import { freePort } from '../harness/free-port.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { createServiceSetting } from '../harness/service.js';
import type { ServiceSetting } from '../harness/service.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { testToken } from '../harness/tokens.js';
import { signIn, startBrowser } from './console-fixture.js';
import { screenshot } from './screenshot.js';

const SLOW_SECONDS = 3;
const TOKEN = testToken();

let setting: ServiceSetting;
let service: ServiceProcess;
let browser: Browser;
let snapback: Snapback;
/** Rolling it back takes some seconds. */
let place: TestEnvironment;
let snapshotId: string;

beforeAll(async () => {
  setting = await createServiceSetting({
    CONSOLE_ENABLED: 'true',
    PORT: `${await freePort()}`,
    RATE_LIMIT_ADDRESS: '100000',
    RATE_LIMIT_SUBJECT: '100000',
  });
  [service, browser] = await Promise.all([startServiceProcess(setting.env), startBrowser()]);
  snapback = new Snapback({ baseUrl: service.url, token: TOKEN });
  place = await createTestEnvironment(snapback.client, setting.filestoreRoot, { undoMinutes: 10 });
  await makeRestoreSlow(place, SLOW_SECONDS);
  const { id: environmentId } = place.environment;
  ({ id: snapshotId } = await snapback.snapshots.create(environmentId));
  await snapback.waitForSnapshot(environmentId, snapshotId);
  await changeBoth(place);
});
afterAll(async () => {
  await browser.close();
  await service.terminate();
  await setting.remove();
});

/** The page of a rollback that runs, when it has come to what takes its time. */
async function watchedRollback(): Promise<Page> {
  const { deploymentId } = await snapback.rollbacks.create(place.environment.id, { snapshotId });
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce' });
  await page.goto(`${service.url}/rollbacks/${deploymentId}`);
  await signIn(page, TOKEN);
  await page.getByText('Rebuilding the database beside the live one; the environment is up.').waitFor();
  await page.getByRole('progressbar').waitFor();
  await restoreIsAsleep(place);
  return page;
}

it('is called off from its page before it swaps', async () => {
  const page = await watchedRollback();
  await screenshot(page, 'rollback-running');
  await page.getByRole('button', { name: 'Cancel the rollback' }).click();
  await page.getByText('Called off before the swap; the environment was not touched.').waitFor();
  expect(await stateOf(place)).toEqual({ rows: 'present', files: 'present' });
});

it('is watched to its end although the service is killed in its midst and comes back', async () => {
  const page = await watchedRollback();

  await service.kill();
  service = await startServiceProcess(setting.env);

  // The token is in the memory of the page only: whoever sees this has never left it.
  await page.getByText(/^Done: down for \d+ ms\.$/).waitFor();
  await page.getByText('A worker that ran the rollback died before anything was changed').waitFor();
  await page.getByRole('button', { name: 'Undo…' }).waitFor();
  expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
});

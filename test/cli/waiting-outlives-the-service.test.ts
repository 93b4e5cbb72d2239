import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../sdk/typescript/connect.js';
import { holdTable } from '../e2e/held-table.js';
import { query } from '../harness/database.js';
import { freePort } from '../harness/free-port.js';
import { LAPSED_HEARTBEATS } from '../harness/heartbeats.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { createServiceSetting } from '../harness/service.js';
import type { ServiceSetting } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { ended } from './command-line.js';
import type { CommandLine } from './command-line.js';
import { somebody } from './somebody.js';

let setting: ServiceSetting;
let service: ServiceProcess;
let place: TestEnvironment;
let snapback: CommandLine;

beforeAll(async () => {
  setting = await createServiceSetting({ PORT: String(await freePort()) });
  service = await startServiceProcess(setting.env);
  place = await createTestEnvironment(connect({ baseUrl: service.url, token: testToken() }), setting.filestoreRoot);
  snapback = await somebody(service.url, place);
});
afterAll(async () => {
  await service.kill();
  await setting.remove();
  await Promise.all([place.database.drop(), snapback.remove()]);
});

/** Waits for a snapshot that does not end before its table is let go of. */
async function waitForSnapshot(env: NodeJS.ProcessEnv = {}) {
  const table = await holdTable(place.database.address);
  const run = ended(snapback.start(['snapshot', 'create', '--wait'], env));
  await table.dumpIsWaiting();
  return { run, release: () => table.release() };
}

describe('who waits while the service is killed', { timeout: 60_000 }, () => {
  it('goes on to the end once it is there again', async () => {
    const { run, release } = await waitForSnapshot();
    await service.kill();
    await release();
    // Another one takes up what it was at, and does not wait for signs of life first.
    await query(setting.database, LAPSED_HEARTBEATS);
    service = await startServiceProcess(setting.env);
    const { code, out, err } = await run;
    expect({ code, out, err }).toMatchObject({ code: 0, out: expect.stringContaining('is completed') });
  });

  it('hears that the work may go on when nothing answers for as long as it was told to wait for that', async () => {
    const { run, release } = await waitForSnapshot({ SNAPBACK_RECONNECT_SECONDS: '1' });
    await service.kill();
    const { code, out, err } = await run;
    await release();
    expect({ code, out, err }).toMatchObject({ code: 5, out: '' });
    expect(err).toMatch(
      /The service does not answer any more\. The snapshot \w{8} of .* may go on all the same; look at it again: snapback snapshot show [0-9a-f-]{36}\n$/,
    );
  });

  it('and who begins then hears which service that is, and waits for no end that cannot come', async () => {
    const begun = Date.now();
    const { code, out, err } = await snapback.run(['snapshot', 'create', '--wait']);
    expect({ code, out, err }).toMatchObject({ code: 5, out: '' });
    expect(err).toMatch(/The service did not answer: connect ECONNREFUSED .*\n.*snapback context show/);
    expect(Date.now() - begun).toBeLessThan(15_000);
  });
});

describe('for how long that is', () => {
  it('is said as a number of seconds, and nothing is begun otherwise', async () => {
    const { code, err } = await snapback.run(['snapshot', 'create', '--wait'], {
      env: { SNAPBACK_RECONNECT_SECONDS: 'long' },
    });
    expect([code, err]).toEqual([2, 'SNAPBACK_RECONNECT_SECONDS is "long"; it must be a number of seconds.\n']);
  });
});

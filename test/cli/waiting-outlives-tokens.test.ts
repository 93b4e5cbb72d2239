import { once } from 'node:events';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { endOfSnapshot } from '../e2e/outcomes.js';
import { holdTable } from '../e2e/held-table.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { ended } from './command-line.js';
import type { CommandLine } from './command-line.js';
import { somebody } from './somebody.js';

/** Long enough for a slow machine to begin with it. */
const SECONDS = 5;

let service: TestService;
let client: Client;
let places: [TestEnvironment, TestEnvironment, TestEnvironment];
let snapback: CommandLine;

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
  places = [await place(), await place(), await place()];
  snapback = await somebody(service.url);
});
afterAll(async () => {
  await service.stop();
  await Promise.all([...places.map(({ database }) => database.drop()), snapback.remove()]);
});

function place(): Promise<TestEnvironment> {
  return createTestEnvironment(client, service.filestoreRoot);
}

/** Waits for a snapshot that does not end before its table is let go of; resolves when there is progress to be seen. */
async function waitFor({ database, environment, project }: TestEnvironment, env: () => NodeJS.ProcessEnv) {
  const table = await holdTable(database.address);
  const child = snapback.start(['snapshot', 'create', '--wait'], {
    ...{ SNAPBACK_PROJECT: project.id, SNAPBACK_ENVIRONMENT: environment.id },
    ...env(),
  });
  const run = ended(child);
  await once(child.stderr!, 'data');
  return { run, release: () => table.release() };
}

const renew = async (file: string, lifetimeSeconds: number) => {
  await writeFile(`${file}.new`, `${testToken({ lifetimeSeconds })}\n`);
  await rename(`${file}.new`, file);
};

describe.concurrent('who waits longer than a token is valid', () => {
  it('is told that the work may go on, and how to look at it; and it does', async ({ expect }) => {
    const { run, release } = await waitFor(places[0], () => ({
      SNAPBACK_TOKEN: testToken({ lifetimeSeconds: SECONDS }),
    }));
    const { code, out, err } = await run;
    expect({ code, out, err }).toMatchObject({ code: 4, out: '' });
    const [, snapshotId = ''] =
      /look at it again: snapback snapshot show ([0-9a-f-]{36}), once you are/.exec(err) ?? [];
    expect(err).toMatch(/The token is not valid any more\. The snapshot \w{8} of .* may go on all the same;/);
    await release();
    const path = { environmentId: places[0].environment.id, snapshotId };
    expect(await endOfSnapshot(client, path)).toMatchObject({ status: 'completed' });
  });

  it('goes on to the end with those that others put into its file meanwhile', async ({ expect }) => {
    const file = join(snapback.home, 'token');
    await renew(file, SECONDS);
    const renewing = setInterval(() => void renew(file, SECONDS), 500);
    const { run, release } = await waitFor(places[1], () => ({ SNAPBACK_TOKEN: '', SNAPBACK_TOKEN_FILE: file }));
    await sleep(SECONDS * 1000 + 500);
    await release();
    const { code, out, err } = await run.finally(() => clearInterval(renewing));
    expect({ code, out, err }).toMatchObject({ code: 0, out: expect.stringContaining('is completed') });
  });

  it('is told the same when that file is gone', async ({ expect }) => {
    const file = join(snapback.home, 'removed-token');
    await renew(file, SECONDS);
    const { run, release } = await waitFor(places[2], () => ({ SNAPBACK_TOKEN: '', SNAPBACK_TOKEN_FILE: file }));
    await rename(file, `${file}.gone`);
    const { code, err } = await run;
    await release();
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringMatching(/removed-token .* cannot be read/) });
    expect(err).toMatch(/The snapshot \w{8} of .* may go on all the same; look at it again: snapback snapshot show /);
  });
});

import { rename } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { CommandLine, ended, KEYS } from './command-line.js';

let service: TestService;
let place: TestEnvironment;
let snapback: CommandLine;

beforeAll(async () => {
  service = await startTestService();
  place = await createTestEnvironment(service.client(), service.filestoreRoot, { type: 'staging' });
  // Three megabytes, at one a second: long enough to be looked at.
  await query(
    place.database.address,
    'CREATE TABLE ballast AS SELECT n, repeat(md5(n::text), 40) AS text FROM generate_series(1, 2500) n',
  );
  snapback = await CommandLine.open({
    SNAPBACK_URL: service.url,
    SNAPBACK_TOKEN: testToken(),
    SNAPBACK_ENVIRONMENT: place.environment.id,
  });
});
afterAll(async () => {
  await service.stop();
  await place.database.drop();
  await snapback.remove();
});

async function outOf(...args: string[]): Promise<string> {
  const ran = await snapback.run(args);
  expect(ran).toMatchObject({ code: 0 });
  return ran.out;
}

describe('settings', () => {
  it('are set by name and value, of the kind that each has', async () => {
    const changed = await outOf(
      'settings',
      'set',
      'retentionDays=60',
      'autoEnabled=true',
      'maxReadBytesPerSecond=1048576',
    );
    expect(changed).toMatch(/^retentionDays +60$/m);
    expect(JSON.parse(await outOf('settings', 'show', '-o', 'json'))).toMatchObject({
      retentionDays: 60,
      autoEnabled: true,
      maxReadBytesPerSecond: 1_048_576,
    });
  });

  it.each([
    ['retentionDay=60', 2, /There is no setting retentionDay; there is autoEnabled, /],
    ['retentionDays', 2, /is no setting; write it as name=value/],
    ['retentionDays=0', 2, /retentionDays/],
    ['retentionDays=soon', 2, /retentionDays/],
    ['updatedAt=2026-01-01', 2, /There is no setting updatedAt/],
  ])('refuses %s, and says why', async (change, code, why) => {
    expect(await snapback.run(['settings', 'set', change])).toMatchObject({
      code,
      out: '',
      err: expect.stringMatching(why),
    });
  });
});

describe('looking on', () => {
  it('tells in lines of a pipe what runs, and when nothing does any more', async () => {
    await outOf('snapshot', 'create', '--label', 'looked at', '-q');
    const told = await outOf('watch', '--until-idle');
    expect(told).toMatch(/^snapshot \w{8} of environment \d+: \d+ % {2}database/m);
    expect(told).toMatch(/^snapshot \w{8} of environment \d+: completed$/m);
  });

  it('writes over itself on a terminal, and ends with Ctrl-C, while what runs goes on', async () => {
    const session = snapback.terminal(['watch'], { columns: 60 });
    await session.until(/Nothing runs, and nothing hangs\./);
    const id = (await outOf('snapshot', 'create', '--type', 'full', '-q')).trim();
    await session.until(new RegExp(`snapshot ${id.slice(0, 8)} of environment \\d+ {2}.* %  database`));
    session.type(KEYS.ctrlC);
    expect(await session.ended).toBe(130);
    expect(session.text).toContain('Watching has ended; what runs goes on.');
    await outOf('watch', '--until-idle', '-q');
    expect(JSON.parse(await outOf('snapshot', 'show', id, '-o', 'json'))).toMatchObject({ status: 'completed' });
  });

  it('gives programs a document for each change', async () => {
    const child = snapback.start(['watch', '-o', 'json']);
    const documents = ended(child);
    await outOf('snapshot', 'create', '--type', 'full', '--wait', '-q');
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    child.kill('SIGTERM');
    const { code, out } = await documents;
    expect(code).toBe(130);
    const told = JSON.parse(`[${out.replaceAll('}\n{', '},{')}]`) as {
      kind: string;
      progress: { status: string } | null;
    }[];
    expect(told.at(-1)).toMatchObject({ kind: 'snapshot', progress: { status: 'completed' } });
  });
});

describe('env check', () => {
  it('says that all is well, and otherwise what is in the way', async () => {
    const well = await outOf('env', 'check');
    expect(well).toMatch(/^snapshots +possible$/m);
    expect(well).toMatch(/^rollbacks +possible$/m);

    const moved = `${place.filestorePath}-moved`;
    await rename(place.filestorePath, moved);
    const gone = await snapback.run(['env', 'check']);
    await rename(moved, place.filestorePath);

    expect(gone).toMatchObject({ code: 4, err: expect.stringMatching(/can be neither captured nor rolled back/) });
    expect(gone.out).toMatch(/^in the way +/m);
  });
});

describe('a standby', () => {
  it('is turned on, waited for and turned off', { timeout: 60_000 }, async () => {
    expect(await outOf('standby', 'show')).toMatch(/^standby +none$/m);
    expect(await outOf('standby', 'on', 'newest', '--wait')).toMatch(/^standby +ready$/m);
    expect(await outOf('standby', 'off')).toMatch(/is off/);
    expect(JSON.parse(await outOf('settings', 'show', '-o', 'json'))).toMatchObject({ standby: 'off' });
  });
});

describe('operations and retention', () => {
  it('are told, and what is not there is not found', async () => {
    expect(JSON.parse(await outOf('operations', 'list', '-o', 'json'))).toBeInstanceOf(Array);
    expect(await snapback.run(['operations', 'retry', 'abcdef01'])).toMatchObject({ code: 3 });
    expect(await outOf('retention', 'plan')).toMatch(/^\w{8} +.* +keep +the newest completed snapshot/m);
  });
});

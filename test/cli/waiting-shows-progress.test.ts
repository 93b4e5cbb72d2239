import { afterAll, beforeAll, describe, it } from 'vitest';
import { settingsUpdate } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { ConformanceProxy } from '../sdk/conformance-proxy.js';
import type { CommandLine } from './command-line.js';
import { somebody } from './somebody.js';

let service: TestService;
let place: TestEnvironment;
let slow: TestEnvironment;
let slowService: ConformanceProxy;
let snapback: CommandLine;

beforeAll(async () => {
  service = await startTestService();
  const client = service.client();
  place = await createTestEnvironment(client, service.filestoreRoot);
  slow = await createTestEnvironment(client, service.filestoreRoot);
  // Some seconds of reading.
  await query(
    slow.database.address,
    'CREATE TABLE large AS SELECT n, repeat(md5(n::text), 30) FROM generate_series(1, 6000) n',
  );
  const path = { environmentId: slow.environment.id };
  await result(settingsUpdate({ client, path, body: { maxReadBytesPerSecond: 3_000_000 } }));
  slowService = await ConformanceProxy.start(Number(new URL(service.url).port), () => Promise.resolve());
  const body = JSON.stringify({ delayMs: 600, times: 1000 });
  await fetch(`${slowService.controlUrl}/faults`, { method: 'POST', body });
  snapback = await somebody(service.url, place);
});
afterAll(async () => {
  await slowService.close();
  await service.stop();
  await Promise.all([place.database.drop(), slow.database.drop(), snapback.remove()]);
});

describe.concurrent('who waits', () => {
  it('at a terminal sees one line that is written over, of which nothing is left in the end', async ({ expect }) => {
    const env = { SNAPBACK_ENVIRONMENT: slow.environment.id };
    const session = snapback.terminal(['snapshot', 'create', '--wait'], { env });
    expect({ code: await session.ended, text: session.text }).toMatchObject({ code: 0 });
    const end = session.raw.indexOf('The snapshot ');
    const progress = session.raw.slice(0, end);
    // Phase, percent, bytes, rate, time left.
    expect(session.text).toMatch(/█░+ +\d+ % {2}\w+ {2}[\d.]+ MB of [\d.]+ MB {2}[\d.]+ MB\/s {2}[\d.]+ s left/);
    // It goes nowhere below its line, which is erased before what stays.
    expect(progress).not.toContain('\n');
    expect(progress.split('\x1b[J').length).toBeGreaterThan(5);
    expect(progress.endsWith('\r\x1b[J')).toBe(true);
    expect(session.raw.slice(end)).toMatch(/^The snapshot \w{8} of [^\n]+ is completed: [^\n]+\r\n$/);
  });

  it('in a pipe gets a line for each phase on one side, and what came of it on the other', async ({ expect }) => {
    const { code, out, err } = await snapback.run(['snapshot', 'create', '--wait']);
    expect({ code, out, err }).toMatchObject({ code: 0 });
    expect(out).toMatch(/^The snapshot \w{8} of [^\n]+ is completed: [^\n]+\n$/);
    const lines = err.trimEnd().split('\n');
    expect(lines.filter((line) => !/^\d+ % {2}[a-z-]+( {2}[\d.]+ \w+( of [\d.]+ \w+)?)?$/.test(line))).toEqual([]);
    const phases = lines.map((line) => line.split('  ')[1]);
    expect(new Set(phases).size).toBe(phases.length);
  });

  it('quietly gets the id, and nothing else', async ({ expect }) => {
    const { code, out, err } = await snapback.run(['snapshot', 'create', '--wait', '--quiet']);
    expect({ code, out, err }).toEqual({ code: 0, out: expect.stringMatching(/^[0-9a-f-]{36}\n$/), err: '' });
  });

  it('for a program gets what came of it as the service has it', async ({ expect }) => {
    const { code, out } = await snapback.run([
      'snapshot',
      'create',
      '--wait',
      '--output',
      'json',
      '--label',
      'of a program',
    ]);
    expect([code, JSON.parse(out)]).toMatchObject([0, { status: 'completed', label: 'of a program' }]);
  });

  it('for a service that takes its time for each answer gets the same', async ({ expect }) => {
    const env = { SNAPBACK_URL: slowService.url };
    const { code, out, err } = await snapback.run(['snapshot', 'create', '--wait'], { env });
    expect({ code, out, err }).toMatchObject({ code: 0, out: expect.stringContaining('is completed') });
  });
});

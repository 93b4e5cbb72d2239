import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { CommandLine } from './command-line.js';

let service: TestService;
let place: TestEnvironment;
let snapback: CommandLine;

beforeAll(async () => {
  service = await startTestService();
  place = await createTestEnvironment(service.client(), service.filestoreRoot, { type: 'production' });
  snapback = await CommandLine.open({
    SNAPBACK_URL: service.url,
    SNAPBACK_TOKEN: testToken(),
    SNAPBACK_PROJECT: place.environment.projectId,
    SNAPBACK_ENVIRONMENT: place.environment.id,
  });
});
afterAll(async () => {
  await service.stop();
  await place.database.drop();
  await snapback.remove();
});

const schedule = (...args: string[]) => snapback.run(['schedule', ...args]);

describe('the schedule of an environment', () => {
  it('gets entries, loses them, and says when it runs next', async () => {
    const hourly = ['0 * * * *', '--time-zone', 'Europe/Berlin'];
    expect((await schedule('show')).out).toMatch(/^entry +none$/m);
    expect((await schedule('add', ...hourly, '--keep', '24')).out).toMatch(
      /^entry +0 \* \* \* \* Europe\/Berlin, 24 kept$/m,
    );
    const again = await schedule('add', ...hourly, '--keep', '12');
    expect(again.out.match(/^entry /gm)).toHaveLength(1);
    const both = await schedule('add', '0 2 * * *');
    expect(both.out.match(/^next run +\d{4}-\d\d-\d\dT\d\d:00:00\.000Z \(in /gm)).toHaveLength(5);
    expect(await schedule('rm', '0 2 * * *')).toMatchObject({ code: 0, out: expect.stringContaining('12 kept') });
    expect(await schedule('rm', '0 2 * * *')).toMatchObject({ code: 2, err: expect.stringContaining('has no entry') });
  });

  it('is paused, and goes on', async () => {
    const paused = await schedule('pause');
    expect(paused.out).toMatch(/^paused +yes$/m);
    expect(paused.out).not.toContain('next run');
    expect((await schedule('resume')).out).toMatch(/^paused +no$/m);
    expect((await schedule('runs')).err).toContain('has not run yet');
  });

  it.each([
    ['* * * * * *', 'UTC', 'must have five fields'],
    ['0 0 31 2 *', 'UTC', 'names a day that no year has'],
    ['0 0 * * *', 'Mars/Base', 'must be a time zone'],
  ])('does not take %j in %s', async (cron, zone, why) => {
    const ran = await schedule('add', cron, '--time-zone', zone);
    expect(ran).toMatchObject({ code: expect.any(Number), err: expect.stringContaining(why) });
    expect(ran.code).not.toBe(0);
  });

  it('is that of its project where it has none itself', async () => {
    const rules =
      '- environmentType: production\n  schedule: [{ cron: 0 0 * * *, timeZone: UTC, keep: 14 }]\n  keepMonthly: 12\n';
    expect(await snapback.run(['settings', 'set', 'schedule=null'])).toMatchObject({ code: 0 });
    const replaced = await snapback.run(['project', 'defaults', '--replace'], { input: rules });
    expect(replaced.out).toMatch(/^production +schedule \[.*keepMonthly 12$/m);
    expect((await schedule('show')).out).toMatch(/^from +project$/m);
    const forecast = await snapback.run(['retention', 'plan', '--at', '2035-01-01']);
    expect(forecast.err).toMatch(/On 2035-01-01 there will be 0 present snapshots and about 2\d new ones/);
    const wrong = await snapback.run(['project', 'defaults', '--replace'], { input: '- retentionDays: 0\n' });
    expect(wrong).toMatchObject({ err: expect.stringContaining('would have retention keep nothing') });
  });
});

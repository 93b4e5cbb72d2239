import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProgressEventEntity } from '../../src/progress/progress-event.entity.js';
import { ProgressLog } from '../../src/progress/progress-log.js';
import { startRegistry, type Registry } from './registry-fixture.js';

let registry: Registry;
let log: ProgressLog;

beforeAll(async () => {
  registry = await startRegistry({ FILESTORE_ROOTS: ['/srv'] });
  log = new ProgressLog(registry.dataSource.getRepository(ProgressEventEntity));
});
afterAll(() => registry.close());

describe('the progress log', () => {
  it('lets nothing follow a final event', async () => {
    const subject = randomUUID();
    await log.append(subject, { percent: 1, final: false });
    await log.append(subject, { percent: 2, final: true });
    await log.append(subject, { percent: 3, final: false });
    expect(await log.after(subject, '0')).toMatchObject([{ data: { percent: 1 } }, { data: { percent: 2 } }]);
  });

  it('knows the newest event also where ids become longer', async () => {
    const subject = randomUUID();
    await registry.dataSource.query('ALTER TABLE progress_events ALTER COLUMN id RESTART WITH 999998');
    for (let percent = 1; percent <= 4; percent += 1) {
      await log.append(subject, { percent, final: false });
      expect(await log.latest(subject)).toMatchObject({ data: { percent } });
    }
  });

  it('reads what is new of many subjects, each after its own event, and says where there is more', async () => {
    const [one, two, quiet] = [randomUUID(), randomUUID(), randomUUID()];
    for (let percent = 0; percent < 25; percent += 1) await log.append(one, { percent, final: false });
    await log.append(two, { percent: 50, final: false });
    const first = (await log.after<{ percent: number }>(one, '0'))[0]!.id;
    const { events, unfinished } = await log.news<{ percent: number }>([
      [one, first],
      [two, '0'],
      [quiet, '0'],
    ]);
    const percents = (subject: string) =>
      events.filter((event) => event.subjectId === subject).map((e) => e.data.percent);
    expect(percents(one)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
    expect(percents(two)).toEqual([50]);
    expect(unfinished).toEqual([one]);
  });

  it('lets nothing follow a final event that has been written and not yet committed', async () => {
    const subject = randomUUID();
    let late: Promise<void> | undefined;
    await registry.dataSource.transaction(async (manager) => {
      await log.append(subject, { percent: 2, final: true }, manager);
      late = log.append(subject, { percent: 3, final: false });
      await manager.query('SELECT pg_sleep(0.3)');
    });
    await late;
    expect(await log.latest(subject)).toMatchObject({ data: { percent: 2, final: true } });
    expect(await log.after(subject, '0')).toHaveLength(1);
  });
});

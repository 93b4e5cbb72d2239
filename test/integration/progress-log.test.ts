import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProgressLog } from '../../src/progress/progress-log.js';
import { startRegistry, type Registry } from './registry-fixture.js';

let registry: Registry;
let log: ProgressLog;

beforeAll(async () => {
  registry = await startRegistry({ FILESTORE_ROOTS: ['/srv'] });
  log = new ProgressLog(registry.dataSource);
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

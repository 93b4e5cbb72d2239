import { afterAll, beforeAll, expect, it } from 'vitest';
import { startConsole } from './console-fixture.js';
import type { ConsoleUnderTest } from './console-fixture.js';
import { query } from '../harness/database.js';
import { plantSample } from './sample-history.js';
import type { Sample } from './sample-history.js';
import { screenshot } from './screenshot.js';

let console: ConsoleUnderTest;
let sample: Sample;
beforeAll(async () => {
  console = await startConsole();
  sample = await plantSample(console);
});
afterAll(() => console.stop());

/** The address of a planted snapshot that a condition holds for. */
async function addressOf(condition: string): Promise<string> {
  const { id, projectId } = sample.storied;
  const rows = await query<{ id: string }>(
    console.service.database,
    `SELECT id FROM snapshots WHERE environment_id = '${id}' AND ${condition} ORDER BY created_at DESC LIMIT 1`,
  );
  return `/projects/${projectId}/environments/${id}/snapshots/${rows[0]?.id}`;
}

it('looks', async () => {
  for (const [name, condition] of Object.entries({
    'snapshot-pinned': 'pinned_at IS NOT NULL',
    snapshot: "restorability = 'proven' AND type = 'differential'",
    'snapshot-failed': "status = 'failed'",
    'snapshot-doubtful': "restorability = 'doubtful'",
    'snapshot-refuted': "restorability = 'refuted'",
    'snapshot-full': "type = 'full' AND status = 'completed'",
  })) {
    const page = await console.open(await addressOf(condition));
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.getByRole('heading', { name: 'Who, when and why' }).waitFor();
    await page.waitForTimeout(700);
    await screenshot(page, name);
    const phone = await console.open(await addressOf(condition), { phone: true, scheme: 'dark' });
    await phone.getByRole('heading', { name: 'Who, when and why' }).waitFor();
    await phone.waitForTimeout(700);
    await screenshot(phone, `${name}-phone-dark`);
    await page.context().close();
    await phone.context().close();
  }
  expect(console.complaints).toEqual([]);
}, 120_000);

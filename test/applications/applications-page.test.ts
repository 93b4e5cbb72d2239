import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../e2e/page-commands.js';
import { createTestDatabase, query } from '../harness/database.js';
import type { TestDatabase } from '../harness/database.js';
import { recipeOf } from './applications-page.js';

const APPLICATIONS = ['Django', 'Tryton', 'Odoo', 'Rails', 'Nextcloud'];
const ACTIONS = ['remove', 'blank', 'replace'];

describe('docs/applications.md, of applications that no test installs, too', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('has a section for each application, and no other', async () => {
    const page = await readFile(join(ROOT, 'docs', 'applications.md'), 'utf8');
    const titles = [...page.matchAll(/^## (.+)$/gm)].map(([, title]) => title);
    expect(titles).toEqual(['What is the same for all', ...APPLICATIONS]);
  });

  it.each(APPLICATIONS)('shows statements for %s that PostgreSQL can read', async (application) => {
    const { blocks, block } = await recipeOf(application);
    // What Odoo's own command prints is followed by what is typed after it.
    const sql = application === 'Odoo' ? /<<'SQL'\n(.*?)^SQL$/ms.exec(blocks('bash', 2)[1]!)?.[1] : block('sql');
    expect(sql).toMatch(/;\n$/);
    // It is read and not done: no such tables are here.
    await query(database.address, `DO $check$ BEGIN IF false THEN ${sql} END IF; END $check$`);
  });

  it.each(APPLICATIONS)('shows rules for the files of %s', async (application) => {
    const rules = JSON.parse((await recipeOf(application)).block('json')) as { paths: string[]; action: string }[];
    expect(rules.length).toBeGreaterThan(0);
    for (const { paths, action } of rules) expect([paths.length > 0, ACTIONS.includes(action)]).toEqual([true, true]);
  });

  it.each(APPLICATIONS)('shows commands for %s that a shell can read', async (application) => {
    const { all } = await recipeOf(application);
    const programs = [...all('bash'), ...all('sh')];
    expect(programs.length).toBeGreaterThan(0);
    for (const input of programs) expect(spawnSync('bash', ['-n'], { input, encoding: 'utf8' }).stderr).toBe('');
  });
});

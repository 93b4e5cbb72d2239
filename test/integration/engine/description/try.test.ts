import { expect, it } from 'vitest';
import { execFileSync } from 'node:child_process';
import { createTestDatabase, query } from '../../../harness/database.js';
import { withConnection } from '../../../../src/engine/postgres/connect.js';
import { READING_SETTINGS } from '../../../../src/engine/postgres/session-settings.js';
import { describeDatabase } from '../../../../src/engine/postgres/description/describe-database.js';
import { libpqEnvironment } from '../../../../src/engine/postgres/libpq-environment.js';
import { everything } from './everything.js';
import { writeFileSync } from 'node:fs';

it('tries', async () => {
  const a = await createTestDatabase();
  const b = await createTestDatabase();
  const reader = 'reader_try';
  await query(a.admin, `CREATE ROLE ${reader}`);
  await query(a.admin, everything({ owner: a.address.user, reader }));
  const lines = async (address: typeof a.admin) => withConnection(address, { settings: READING_SETTINGS }, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    const out: string[] = [];
    for await (const batch of describeDatabase(client, { major: 15 })) for (const o of batch) out.push(JSON.stringify(o));
    return out;
  });
  const one = await lines(a.admin);
  writeFileSync('/tmp/desc-a.jsonl', one.join('\n') + '\n');
  const env = { ...process.env, ...libpqEnvironment(a.admin) };
  execFileSync('pg_dump', ['-Fc', '-f', '/tmp/desc.dump', a.admin.database], { env });
  try { execFileSync('pg_restore', ['-d', b.admin.database, '/tmp/desc.dump'], { env }); } catch (e) { console.log(String(e)); }
  const two = await lines(b.admin);
  writeFileSync('/tmp/desc-b.jsonl', two.join('\n') + '\n');
  expect(one.length).toBeGreaterThan(10);
}, 60000);

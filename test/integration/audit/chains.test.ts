import { Logger } from '@nestjs/common';
import { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AuditExpiry } from '../../../src/audit/audit-expiry.js';
import { audited } from '../../../src/audit/audited.js';
import { appendEntries } from '../../../src/audit/chain/append-entries.js';
import { OWN_CHAIN } from '../../../src/audit/chain/audit-entry.js';
import type { AuditRecord } from '../../../src/audit/chain/audit-entry.js';
import { expireEntries } from '../../../src/audit/chain/expire-entries.js';
import { proveChains } from '../../../src/audit/chain/prove-chains.js';
import type { ChainVerdict } from '../../../src/audit/chain/prove-chains.js';
import { statementsOf, statementsOn } from '../../../src/audit/chain/statements.js';
import { Configuration } from '../../../src/config/configuration.js';
import { dataSourceOptions } from '../../../src/database/data-source.js';
import { runMigrations } from '../../../src/database/run-migrations.js';
import { onOwnAccount, withinRequest } from '../../../src/request-context/request-context.js';
import { createTestDatabase, query, urlOf } from '../../harness/database.js';
import type { TestDatabase } from '../../harness/database.js';

let database: TestDatabase;
let dataSource: DataSource;
let pool: Pool;
let organizations = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await new DataSource(dataSourceOptions(urlOf(database.address), 10)).initialize();
  await runMigrations(dataSource);
  pool = new Pool({ connectionString: urlOf(database.address) });
});
afterAll(async () => {
  await pool.end();
  await dataSource.destroy();
  await database.drop();
});

const record = (n: number): AuditRecord => ({
  ...{ actor: 'ci@acme', actorKind: 'caller', operation: 'settingsUpdate', outcome: 'done', projectId: null },
  ...{ environmentId: null, subjectKind: 'settings', subjectId: `s${n}`, address: '::1', userAgent: null },
  ...{ requestId: `r${n}`, before: { ä: [n, 1e21, -0.5, ''] }, after: { n, z: { b: null, a: true }, 10: 1, 9: 2 } },
});

/** A chain of its own with so many entries. */
async function chainOf(length: number): Promise<string> {
  const organization = `chain-${(organizations += 1)}`;
  const records = Array.from({ length }, (_, n) => record(n));
  await dataSource.transaction((manager) => appendEntries(statementsOf(manager), organization, records));
  return organization;
}

async function verdictOf(organization: string, expected?: { sequence: number; hash: string }): Promise<ChainVerdict> {
  for await (const verdict of proveChains(statementsOn(pool), { organization, expected })) return verdict;
  throw new Error('There is no verdict.');
}

/** As somebody who may do everything in the database, and has thought of the triggers. */
function tamper(sql: string): Promise<unknown> {
  return query(database.address, `SET session_replication_role = replica; ${sql}`).catch(() =>
    query(database.admin, `SET session_replication_role = replica; ${sql}`),
  );
}

describe('a chain', () => {
  it('is proven as it was written, whatever stands in it, also over several pages', async () => {
    const organization = await chainOf(2500);
    expect(await verdictOf(organization)).toMatchObject({ ok: true, entries: 2500, to: { sequence: 2500 } });
  });

  it('has no gap and no fork when many append at once', async () => {
    const organization = `chain-${(organizations += 1)}`;
    const append = (n: number) =>
      dataSource.transaction((manager) => appendEntries(statementsOf(manager), organization, [record(n), record(-n)]));
    await Promise.all(Array.from({ length: 40 }, (_, n) => append(n)));
    expect(await verdictOf(organization)).toMatchObject({ ok: true, entries: 80, head: { sequence: 80 } });
  });

  it('has nothing of a transaction that did not commit', async () => {
    const organization = await chainOf(3);
    const failing = dataSource.transaction(async (manager) => {
      await appendEntries(statementsOf(manager), organization, [record(4)]);
      throw new Error('Something else went wrong.');
    });
    await expect(failing).rejects.toThrow('else');
    expect(await verdictOf(organization)).toMatchObject({ ok: true, entries: 3 });
  });
});

describe('a change', () => {
  it('is written last in its transaction, and only when that commits', async () => {
    const organization = `chain-${(organizations += 1)}`;
    const request = { requestId: 'one', address: '192.0.2.1', userAgent: 'curl/8', operation: 'settingsUpdate' };
    const asked = { ...request, subject: 'ann', organization };
    const seen = await withinRequest(asked, () =>
      dataSource.transaction(async (manager) => {
        audited(manager, { subject: ['settings', 'x'], before: { a: 1, b: 1 }, after: { a: 2, b: 1 } });
        audited(manager, { subject: ['settings', 'x'], before: { a: 1 }, after: { a: 1 } });
        return manager.query('SELECT FROM audit_entries WHERE organization = $1', [organization]);
      }),
    );
    expect(seen).toEqual([]);
    const rows = await dataSource.query(
      'SELECT actor, actor_kind, operation, request_id, address, user_agent, before, after FROM audit_entries WHERE organization = $1',
      [organization],
    );
    expect(rows).toEqual([
      {
        ...{ actor: 'ann', actor_kind: 'caller', operation: 'settingsUpdate', request_id: 'one' },
        ...{ address: '192.0.2.1', user_agent: 'curl/8', before: { a: 1 }, after: { a: 2 } },
      },
    ]);
    const failing = withinRequest(asked, () =>
      dataSource.transaction(async (manager) => {
        audited(manager, { subject: ['settings', 'x'], before: { a: 2 }, after: { a: 3 } });
        throw new Error('Something else went wrong.');
      }),
    );
    await expect(failing).rejects.toThrow('else');
    expect(await verdictOf(organization)).toMatchObject({ ok: true, entries: 1 });
  });

  it("of the service's own is its project's organization's, or its own", async () => {
    const [project] = await dataSource.query(
      `INSERT INTO projects (organization, name) VALUES ('owner', 'shop') RETURNING id`,
    );
    await onOwnAccount('retention', () =>
      dataSource.transaction(async (manager) => {
        audited(manager, { operation: 'snapshot.expire', subject: ['snapshot', 'a'], projectId: project.id });
        audited(manager, { operation: 'other', subject: ['thing', 'b'] });
      }),
    );
    const rows = await dataSource.query(
      `SELECT organization, actor, operation FROM audit_entries WHERE actor = 'system:retention' ORDER BY organization`,
    );
    expect(rows).toEqual([
      { organization: OWN_CHAIN, actor: 'system:retention', operation: 'other' },
      { organization: 'owner', actor: 'system:retention', operation: 'snapshot.expire' },
    ]);
  });

  it('does not commit when it cannot be written', async () => {
    const name = `made-${(organizations += 1)}`;
    const made = dataSource.transaction(async (manager) => {
      await manager.query('INSERT INTO projects (organization, name) VALUES ($1, $1)', [name]);
      audited(manager, { subject: ['project', 'x'], projectId: 'no uuid', organization: name });
    });
    await expect(made).rejects.toThrow('uuid');
    expect(await dataSource.query('SELECT FROM projects WHERE name = $1', [name])).toEqual([]);
  });

  it('is not told outside of a transaction', () => {
    expect(() => audited(dataSource.manager, { subject: ['a', 'b'] })).toThrow('outside of a transaction');
  });
});

describe('what somebody changes behind its back is found at its place', () => {
  const why = async (organization: string, expected?: { sequence: number; hash: string }) => {
    const verdict = await verdictOf(organization, expected);
    return verdict.ok ? 'nothing' : `${verdict.sequence}: ${verdict.why}`;
  };

  it.each([
    ['a changed actor', `UPDATE audit_entries SET actor = 'nobody' WHERE sequence = 7`, '7: It was changed'],
    [
      'a changed state',
      `UPDATE audit_entries SET after = after || '{"n": 99}' WHERE sequence = 7`,
      '7: It was changed',
    ],
    ['a changed time', `UPDATE audit_entries SET at = at + interval '1 ms' WHERE sequence = 7`, '7: It was changed'],
    ['a removed row', `DELETE FROM audit_entries WHERE sequence = 7`, '7: Entry 7 is missing'],
    ['a cut end', `DELETE FROM audit_entries WHERE sequence > 17`, '18: The end is cut off'],
    ['a cut beginning', `DELETE FROM audit_entries WHERE sequence < 4`, '1: Entries 1 to 3 are missing'],
    ['a head set back', `UPDATE audit_chains SET sequence = 9`, '10: The head is wrong'],
    ['another head', `UPDATE audit_chains SET hash = repeat('f', 64)`, '20: The head is wrong'],
    ['a lost head', `DELETE FROM audit_chains`, '20: Its head is missing'],
    ['a row of another chain', `UPDATE audit_entries SET sequence = 21 WHERE sequence = 7`, '7: Entry 7 is missing'],
  ])('%s', async (_, sql, found) => {
    const organization = await chainOf(20);
    const where = sql.includes('WHERE') ? ' AND' : ' WHERE';
    await tamper(`${sql}${where} organization = '${organization}'`);
    expect(await why(organization)).toContain(found);
  });

  it('a doubled row', async () => {
    const organization = await chainOf(20);
    const double = `INSERT INTO audit_entries SELECT * FROM audit_entries WHERE organization = '${organization}' AND sequence = 7`;
    await query(database.admin, `ALTER TABLE audit_entries DROP CONSTRAINT audit_entries_pkey; ${double}`);
    expect(await why(organization)).toBe('7: It is there twice.');
    await tamper(`DELETE FROM audit_entries WHERE organization = '${organization}'`);
    await query(database.address, 'ALTER TABLE audit_entries ADD PRIMARY KEY (organization, sequence)');
  });

  it('a cut end with its head set back, by what somebody wrote down', async () => {
    const organization = await chainOf(20);
    const verdict = await verdictOf(organization);
    const head = verdict.ok ? verdict.head : undefined;
    await tamper(
      `DELETE FROM audit_entries WHERE organization = '${organization}' AND sequence > 17;
       UPDATE audit_chains SET (sequence, hash) = (SELECT sequence, hash FROM audit_entries WHERE organization = '${organization}' AND sequence = 17)
        WHERE organization = '${organization}'`,
    );
    expect(await why(organization)).toBe('nothing');
    expect(await why(organization, head)).toContain('20: The end is cut off, and the head set back');
  });
});

describe('the table', () => {
  it.each([
    `UPDATE audit_entries SET actor = 'nobody'`,
    'UPDATE audit_entries SET at = now() WHERE sequence = 1',
    'DELETE FROM audit_entries WHERE sequence = 1',
    'TRUNCATE audit_entries',
  ])('refuses %s', async (sql) => {
    await chainOf(2);
    await expect(query(database.address, sql)).rejects.toThrow('The audit is only appended to');
  });
});

describe('what has had its time', () => {
  const age = (organization: string, upTo: number) =>
    tamper(
      `UPDATE audit_entries SET at = at - interval '30 days' WHERE organization = '${organization}' AND sequence <= ${upTo}`,
    );
  const signal = new AbortController().signal;

  it('goes oldest first, and what is kept can still be proven', async () => {
    const organization = await chainOf(20);
    const [{ hash }] = await dataSource.query(
      'SELECT hash FROM audit_entries WHERE organization = $1 AND sequence = 12',
      [organization],
    );
    await age(organization, 12);
    expect(await expireEntries(dataSource, organization, 29, signal)).toBe(12);
    expect(await expireEntries(dataSource, organization, 29, signal)).toBe(0);
    expect(await verdictOf(organization, { sequence: 12, hash })).toMatchObject({
      ok: true,
      entries: 8,
      from: { sequence: 13 },
    });
    await dataSource.transaction((manager) => appendEntries(statementsOf(manager), organization, [record(0)]));
    expect(await verdictOf(organization)).toMatchObject({ ok: true, entries: 9 });
  });

  it('goes with the daily run, which says where each chain ends', async () => {
    const organization = await chainOf(3);
    await age(organization, 2);
    const said = vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    const configuration = Object.assign(new Configuration(), { AUDIT_DAYS: 29 });
    await new AuditExpiry(configuration, dataSource).run(signal);
    const lines = said.mock.calls.map(([line]) => line as Record<string, unknown>);
    said.mockRestore();
    const verdict = await verdictOf(organization);
    const { sequence, hash } = verdict.ok ? verdict.head : { sequence: 0, hash: '' };
    const line = lines.find((one) => one['organization'] === organization);
    expect(line).toEqual({ organization, head: `${sequence}:${hash}`, removed: 2 });
    expect([sequence, verdict]).toEqual([3, expect.objectContaining({ entries: 1 })]);
  });

  it('leaves the chain where all of it goes', async () => {
    const organization = await chainOf(5);
    await age(organization, 5);
    expect(await expireEntries(dataSource, organization, 29, signal)).toBe(5);
    expect(await verdictOf(organization)).toMatchObject({ ok: true, entries: 0, head: { sequence: 5 } });
    await dataSource.transaction((manager) => appendEntries(statementsOf(manager), organization, [record(0)]));
    expect(await verdictOf(organization)).toMatchObject({ ok: true, entries: 1, from: { sequence: 6 } });
  });

  it('leaves what only looks old behind something newer', async () => {
    const organization = await chainOf(5);
    await tamper(
      `UPDATE audit_entries SET at = at - interval '30 days' WHERE organization = '${organization}' AND sequence = 3`,
    );
    expect(await expireEntries(dataSource, organization, 29, signal)).toBe(0);
  });
});

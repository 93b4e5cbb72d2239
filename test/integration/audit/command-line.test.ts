import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectCreate } from '../../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../../sdk/typescript/result.js';
import { parseAuditArguments } from '../../../src/audit/cli/audit-arguments.js';
import { operatorName } from '../../../src/audit/cli/operator-entry.js';
import { runAuditCommand } from '../../../src/audit/cli/run-audit-command.js';
import { createTestDatabase, query, urlOf } from '../../harness/database.js';
import { madeUpKey } from '../../harness/secret-mark.js';
import { startTestService } from '../../harness/service.js';
import type { TestService } from '../../harness/service.js';

const DIST = join(import.meta.dirname, '../../../dist/src');

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
  await result(projectCreate({ client: service.client(), body: { name: 'shop' } }));
});
afterAll(() => service.stop());

interface Ended {
  code: number;
  out: string;
  err: string;
}

function run(program: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env['PATH'], ...service.env, ...env } };
    execFile(process.execPath, [join(DIST, program), ...args], options, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

const written = () =>
  query(
    service.database,
    `SELECT actor, actor_kind, operation, subject_kind, subject_id, after FROM audit_entries WHERE organization = '' ORDER BY sequence`,
  );

describe('what a person does at the command line of the service', () => {
  it('is in the chain of the service: tokens, and what changes the vault', async () => {
    const minted = await run('auth/token.cli.js', ['--permissions', 'viewer', '--subject', 'ann', '--org', 'acme']);
    expect(minted).toEqual({ code: 0, out: expect.stringMatching(/^ey/), err: '' });
    const newKey = join(service.directory, 'new-key');
    await writeFile(newKey, madeUpKey('another'));
    expect(await run('vault.cli.js', ['collect', '--plan'])).toMatchObject({ code: 0, err: '' });
    expect(await run('vault.cli.js', ['rotate-key', '--new-key-file', newKey])).toMatchObject({ code: 0, err: '' });
    const operator = { actor: operatorName(), actor_kind: 'operator' };
    const after = { organization: 'acme', permissions: ['viewer'], projects: null, expiresAt: expect.any(String) };
    expect(await written()).toEqual([
      { ...operator, operation: 'token.mint', subject_kind: 'token', subject_id: 'ann', after },
      {
        ...operator,
        ...{ operation: 'vault.rotate-key', subject_kind: null, subject_id: null, after: { newKeyFile: newKey } },
      },
    ]);
  });

  it('is done all the same where that cannot be written, and says so', async () => {
    const away = { DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:1/nowhere' };
    const minted = await run('auth/token.cli.js', ['--permissions', 'viewer', '--org', 'acme'], away);
    expect(minted).toMatchObject({ code: 0, out: expect.stringMatching(/^ey/) });
    expect(minted.err).toMatch(/^This is not in the audit: .*ECONNREFUSED.*\.\n$/);
    expect(minted.err).not.toContain('secret');
    const empty = await createTestDatabase();
    const before = await run('auth/token.cli.js', ['--permissions', 'viewer'], { DATABASE_URL: urlOf(empty.address) });
    expect(before.err).toBe('This is not in the audit: the state database has none yet.\n');
    await empty.drop();
    const laptop = join(service.directory, 'laptop');
    await mkdir(laptop);
    const own = { DATABASE_URL: '', DATA_DIR: laptop };
    expect((await run('auth/token.cli.js', ['--permissions', 'viewer'], own)).err).toBe(
      'This is not in the audit: no state database can be reached.\n',
    );
  });
});

describe('npm run audit', () => {
  /** The same in this process. */
  const runHere = async (...args: string[]) => {
    const lines: string[] = [];
    const code = await runAuditCommand(parseAuditArguments(args), urlOf(service.database), (line) => lines.push(line));
    return { code, lines };
  };

  it('proves each chain, and says its head', async () => {
    const { code, out } = await run('audit.cli.js', ['verify']);
    const [own, acme] = out.split('\n');
    expect([code, own, acme]).toEqual([
      0,
      expect.stringMatching(/^The service itself: 2 entries, .*; head 2:[0-9a-f]{64}$/),
      expect.stringMatching(/^"acme": 1 entries, .*; head 1:[0-9a-f]{64}$/),
    ]);
    const head = / head (\S+)/.exec(acme!)![1]!;
    expect(await runHere('verify', '--organization', 'acme', '--expect', head)).toEqual({ code: 0, lines: [acme] });
    const { lines } = await runHere('verify', '--json');
    expect(JSON.parse(lines[0]!)).toMatchObject({ organization: '', ok: true, entries: 2 });
  });

  it('lists what was done, for people and for programs', async () => {
    const { lines } = await runHere('list', '--operation', 'projectCreate');
    expect(lines).toEqual([
      expect.stringMatching(
        /^\S+Z {2}"acme" 1 {2}"tester" {2}done {2}projectCreate {2}project "[0-9a-f-]+" {2}request \S+$/,
      ),
    ]);
    const all = (await runHere('list', '--json', '--since', '2000-01-01')).lines.map((line) => JSON.parse(line));
    expect(all.map(({ operation }) => operation)).toEqual(['token.mint', 'vault.rotate-key', 'projectCreate']);
    expect(await runHere('list', '--until', '2000-01-01')).toEqual({ code: 0, lines: [] });
  });

  it('fails where something is wrong, and names the place', async () => {
    const sql = `ALTER TABLE audit_entries DISABLE TRIGGER append_only; UPDATE audit_entries SET actor = 'nobody' WHERE organization = 'acme'`;
    await query(service.database, sql);
    const { code, out } = await run('audit.cli.js', ['verify']);
    expect([code, out]).toEqual([1, expect.stringContaining('"acme": WRONG at entry 1. It was changed')]);
    expect(await runHere('verify', '--organization', 'nobody', '--expect', `1:${'0'.repeat(64)}`)).toMatchObject({
      code: 1,
    });
  });

  it('says how it is used to whoever does not know', async () => {
    const { code, err } = await run('audit.cli.js', ['repair']);
    expect([code, err]).toEqual([2, expect.stringContaining('Usage: npm run audit')]);
  });

  it('says in a sentence what it cannot reach, and no password', async () => {
    const away = { DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:1/nowhere' };
    const { code, err } = await run('audit.cli.js', ['verify'], away);
    expect([code, err]).toEqual([1, expect.stringMatching(/^The audit could not be read: .*\n$/)]);
    expect(err).not.toContain('secret');
  });
});

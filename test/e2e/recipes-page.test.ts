import { chmod, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../sdk/typescript/connect.js';
import { projectUpdate } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { findProgram } from '../../src/engine/postgres/programs/programs.js';
import { PROGRAM } from '../cli/command-line.js';
import { checkedFetch } from '../harness/contract-check.js';
import { createTestDatabase, query } from '../harness/database.js';
import type { TestDatabase } from '../harness/database.js';
import { ensureTools } from '../harness/ensure-tools.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { createServiceSetting } from '../harness/service.js';
import type { ServiceSetting } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { takeSnapshot } from './outcomes.js';
import { ROOT, filledIn, sectionsOf, typed } from './page-commands.js';

const PAGE = await readFile(join(ROOT, 'docs', 'recipes.md'), 'utf8');

let setting: ServiceSetting;
let service: ServiceProcess;
let production: TestEnvironment;
let staging: TestEnvironment;
/** Of a developer, who has nothing in it yet. */
let laptop: TestDatabase;
let home: string;
/** What the commands of each recipe printed. */
let answers: Map<string, string>;

beforeAll(async () => {
  ensureTools('curl', 'jq', 'unzip');
  home = await mkdtemp(join(tmpdir(), 'snapback-test-recipes-'));
  await chmod(home, 0o755);
  setting = await createServiceSetting({ REPLICA_DIRECTORY: join(home, 'replica') });
  service = await startServiceProcess(setting.env);
  laptop = await createTestDatabase();
  await shop();
  answers = await cooked();
}, 480_000);
afterAll(async () => {
  await service.terminate();
  await Promise.all([production.database, staging.database, laptop].map((database) => database.drop()));
  await setting.remove();
  await rm(home, { recursive: true, force: true });
});

/** A shop with customers, in production and in staging, and what deploys it. */
async function shop(): Promise<void> {
  const client = connect({ baseUrl: service.url, token: testToken(), fetch: checkedFetch });
  production = await createTestEnvironment(client, setting.filestoreRoot, { name: 'production', undoMinutes: 60 });
  const { project } = production;
  staging = await createTestEnvironment(client, setting.filestoreRoot, { name: 'staging', type: 'staging', project });
  await result(projectUpdate({ client, path: { projectId: project.id }, body: { name: 'shop' } }));
  await query(
    production.database.address,
    `CREATE TABLE customers (id int PRIMARY KEY, name text, email text);
     INSERT INTO customers VALUES (1, 'Ada', 'ada@example.com'), (2, 'Grace', 'grace@example.com');
     CREATE TABLE ir_module_module (name text, state text, latest_version text);
     INSERT INTO ir_module_module VALUES ('base', 'installed', '17.0.1.3');
     CREATE TABLE mail_servers (host text);
     INSERT INTO mail_servers VALUES ('mail.example.com');`,
  );
  await takeSnapshot(client, production.environment.id);
  await writeFile(join(home, 'migrate-and-restart.sh'), '#!/bin/sh\necho "deployed"\n', { mode: 0o755 });
}

/** Each recipe in a shell of its own, which knows what the page says before the first. Throws for the first command that fails. */
async function cooked(): Promise<Map<string, string>> {
  await symlink(PROGRAM, join(home, 'snapback'));
  const [first, ...recipes] = sectionsOf(PAGE);
  const setup = filledIn(first!.blocks.join('\n'), [
    ['SNAPBACK_URL=https://snapback.internal', `SNAPBACK_URL=${service.url}`],
    ['SNAPBACK_TOKEN=…', `SNAPBACK_TOKEN=${testToken({ subject: 'ann', permissions: ['admin'] })}`],
  ]);
  const { host, port, user, password, database } = laptop.address;
  const psql = dirname((await findProgram('psql')).path);
  const env = {
    ...{ PATH: `${home}:${psql}:${process.env['PATH']}`, HOME: home, CI: 'true' },
    ...{ PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password },
  };
  const told = new Map<string, string>();
  for (const { title, blocks } of recipes) {
    const typedIn = blocks.join('\n').replace('-d shop_copy', `-d ${database}`);
    const commands = title === PREVIEW ? inOurPlaces(typedIn) : typedIn;
    told.set(title, await typed(`${setup}\n${commands}`, { env, cwd: home, told: commands }));
  }
  return told;
}

const PREVIEW = 'A preview for each branch';

function inOurPlaces(commands: string): string {
  const { host, port, user, password } = production.database.address;
  return filledIn(commands, [
    [
      'PGHOST=db.internal PGUSER=shop PGPASSWORD=a-secret',
      `PGHOST=${host} PGPORT=${port} PGUSER=${user} PGPASSWORD=${password}`,
    ],
    ['/srv/filestores/shop-branch-17', join(setting.filestoreRoot, 'shop-branch-17')],
  ]);
}

describe('docs/recipes.md, typed as it stands there', () => {
  const answer = (title: string) => answers.get(title) ?? '';

  it('has recipes that all do something, and begins with a list of them', () => {
    const listed = [...PAGE.split(/^## /m)[0]!.matchAll(/^- \[([^\]]+)\]/gm)].map(([, title]) => title);
    expect([...answers.keys()]).toEqual(listed);
    expect([...answers].filter(([, said]) => said.trim() === '')).toEqual([]);
  });

  it('deploys behind a gate, with the command line and with curl', () => {
    const said = answer('Deploy behind a gate');
    expect(said.match(/^deployed$/gm)).toHaveLength(2);
    expect(said).toMatch(/"gate": "open"/);
    expect(said).toMatch(/"version": "17\.2",\s+"status": "completed"/);
  });

  it('keeps a copy elsewhere', () => {
    expect(answer('Keep a copy elsewhere')).toMatch(/"replicatedAt": "\d{4}-/);
  });

  it('makes a preview of production, and removes it with its data', () => {
    const said = answer(PREVIEW);
    expect(said).toMatch(/^branch-17 is rolled back in/m);
    expect(said).toMatch(/^The environment branch-17 is removed, with all its snapshots and its data\.$/m);
  });

  it('takes snapshots every night, and says what will be kept', () => {
    const said = answer('Every night, and thirty days of them');
    expect(said).toMatch(/0 2 \* \* \*/);
    expect(said).toMatch(/^On \d{4}-\d\d-\d\d there will be /m);
    expect(said).toMatch(/^shop\/production +\w+/m);
    expect(said).toMatch(/"nextRuns": \[/);
  });

  it('brings the data of production to staging, and nobody’s name or address with it', async () => {
    expect(answer('Production data in staging, harmless')).toMatch(/^staging is rolled back in/m);
    const rows = await query<{ name: string; email: string }>(
      staging.database.address,
      'SELECT name, email FROM customers ORDER BY id',
    );
    expect(rows).toEqual([
      { name: 'Customer 1', email: 'customer-1@example.invalid' },
      { name: 'Customer 2', email: 'customer-2@example.invalid' },
    ]);
    expect(await query(staging.database.address, 'SELECT * FROM mail_servers')).toEqual([]);
    // Of its own files staging has none any more, and of production's neither the removed nor the content of the emptied ones.
    expect((await readdir(staging.filestorePath, { recursive: true })).toSorted()).toEqual(['a.txt', 'empty']);
    expect(await readFile(join(staging.filestorePath, 'a.txt'), 'utf8')).toBe('');
    expect(await query(production.database.address, 'SELECT host FROM mail_servers')).toEqual([
      { host: 'mail.example.com' },
    ]);
  });

  it('rolls back what was shown, and undoes that, with the command line and with curl', () => {
    expect(answer('Roll back what was shown, or nothing')).toMatch(/"allowed": true[^]*^100 % {2}completed$/m);
    const undone = answer('Undo at once');
    expect(undone.match(/^production is rolled back in/gm)).toHaveLength(2);
    expect(undone).toMatch(/^100 % {2}completed$/m);
  });

  it('pins what an audit needs, and says who did that and why', () => {
    const said = answer('Pin before an audit');
    expect(said).toMatch(/ann +snapshotPin +done/);
    expect(said).toMatch(/"restorability": "proven"/);
    expect(said).toMatch(/"reason": "audit of the annual accounts"/);
  });

  it('takes one file out, and says what has changed', async () => {
    expect(answer('Take one file out')).toMatch(/sub\/b\.txt/);
    expect(await readFile(join(home, 'b.txt'), 'utf8')).toBe('beta\n');
    const restored = /^ {2}sub\/b\.txt +(sub\/b\.txt\.restored-\S+)$/m.exec(answer('One deleted file back'))![1]!;
    expect(await readFile(join(production.filestorePath, restored), 'utf8')).toBe('beta\n');
    const said = answer('See what has changed');
    expect(said).toMatch(/^no file has changed$/m);
  });

  it('brings the rows of a table back that are missing', async () => {
    const [, schema] = /^ {2}public\.customers +(restored_[0-9a-f]{32})\.customers, 2 rows$/m.exec(
      answer('One table back'),
    )!;
    const [, sql] = /^```sql\n(INSERT INTO public\.customers.*\n)```$/m.exec(PAGE)!;
    const { address } = production.database;
    await query(address, 'DELETE FROM customers WHERE id = 2');
    await query(address, sql!.replace('restored_…', schema!));
    expect(await query(address, 'SELECT id, name FROM customers ORDER BY id')).toEqual([
      { id: 1, name: 'Ada' },
      { id: 2, name: 'Grace' },
    ]);
  });

  it('makes a copy for a laptop in which nobody’s name is, and a backup that Odoo’s database manager loads', async () => {
    expect(answer("A copy for a developer's laptop, made harmless")).toMatch(/^shop\.zip has been written, /m);
    const rows = await query<{ name: string }>(laptop.address, 'SELECT name FROM customers ORDER BY id');
    expect(rows).toEqual([{ name: 'Customer 1' }, { name: 'Customer 2' }]);
    expect(await query(laptop.address, 'SELECT * FROM mail_servers')).toEqual([]);
    expect(await readFile(join(home, 'shop', 'filestore', 'a.txt'), 'utf8')).toBe('');
    expect(answer("An Odoo backup that Odoo's database manager loads")).toMatch(/^odoo-backup\.zip has been written/m);
    const manifest = await typed('unzip -p odoo-backup.zip manifest.json', { env: process.env, cwd: home });
    expect(JSON.parse(manifest)).toMatchObject({ odoo_dump: '1', version: '17.0', modules: { base: '17.0.1.3' } });
  });

  it('rolls back by a standby, and removes it', () => {
    const said = answer('A rollback in a second');
    expect(said).toMatch(/standby/);
    expect(said).toMatch(/^production is rolled back in/m);
  });
});

import { randomBytes } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execute } from '../../scripts/toolchains/execute.js';
import { pythonWith } from '../../scripts/toolchains/python.js';
import { missing } from '../../scripts/toolchains/tools.js';
import { TrytonClient } from '../corpus/tryton-client.js';
import { filledIn } from '../e2e/page-commands.js';
import { waitUntil } from '../e2e/wait-until.js';
import { query } from '../harness/database.js';
import { ensureTools } from '../harness/ensure-tools.js';
import { freePort } from '../harness/free-port.js';
import { madeUpSecret } from '../harness/secret-mark.js';
import { ApplicationPlace } from './application-place.js';
import { recipeOf } from './applications-page.js';
import { RunningServer } from './running-server.js';

const PACKAGES = ['trytond[PostgreSQL]==8.2.*', 'trytond-party==8.2.*', 'psycopg[binary]==3.*'];
/** Of those who log in; Tryton wants no words of a name in it. */
const PASSWORD = `${madeUpSecret()}-${randomBytes(6).toString('hex')}`;
const PAGE_SAYS = 'clean_timeout = 0\n';
/** As it is without that line, but looked at each second and not every five minutes. */
const OTHERWISE = 'clean_timeout = 1\n';
const NO_CONTEXT = {};
const [lacks] = missing(['python']);

describe.skipIf(lacks !== undefined)(`Tryton${lacks ? ` (not run: ${lacks} is missing)` : ''}`, () => {
  let place: ApplicationPlace;
  let python: string;
  let database: string;
  let files: string;
  /** As the page says. */
  let told: RunningServer;
  /** With caches that ask a table what is new. */
  let untold: RunningServer;
  const urls = { told: '', untold: '' };
  const somebody = (url: string, user = 'admin') => new TrytonClient(`${url}/${database}/rpc/`, PASSWORD, user);
  let admin: TrytonClient;
  let later: TrytonClient;
  /** At each of the two servers. */
  let anns: { told: TrytonClient; untold: TrytonClient };
  let party: number;
  let paper: number;
  let rolledBack: string;
  let first: { party: unknown; paper: unknown };
  let cutOff: string;

  beforeAll(async () => {
    ensureTools('curl', 'jq');
    python = await pythonWith('tryton', PACKAGES);
    place = await ApplicationPlace.open();
    database = place.production.address.database;
    files = join(place.filestores, database);
    await install();
    const { block } = await recipeOf('Tryton');
    const page = block('bash');
    const asIs = page.replaceAll('/srv/tryton/files/tryton', files);
    await place.register(asIs, [['--database tryton', `--database ${database}`]]);
    [told, untold] = await Promise.all([serve('told'), serve('untold')]);
    await useBreakAndRollBack();
  }, 400_000);

  afterAll(async () => {
    await Promise.all([told, untold].map((server) => server?.stop()));
    await place?.close();
  });

  const configuration = (name: 'told' | 'untold') => join(place.home, `${name}.conf`);

  async function install(): Promise<void> {
    const { host, port, user, password } = place.production.address;
    const { block } = await recipeOf('Tryton');
    const shown = filledIn(block('ini'), [
      ['postgresql://tryton@db.internal:5432/', `postgresql://${user}:${password}@${host}:${port}/`],
      ['/srv/tryton/files', place.filestores],
    ]);
    for (const name of ['told', 'untold'] as const) {
      const address = `127.0.0.1:${await freePort()}`;
      urls[name] = `http://${address}`;
      const said = name === 'told' ? shown : filledIn(shown, [[PAGE_SAYS, OTHERWISE]]);
      await writeFile(configuration(name), `${said}\n[web]\nlisten = ${address}\n`, { mode: 0o600 });
    }
    const passwordFile = join(place.home, 'password');
    await writeFile(passwordFile, PASSWORD, { mode: 0o600 });
    const options = ['-c', configuration('told'), '-d', database, '-u', 'ir', 'party', '--activate-dependencies'];
    await execute({
      run: [python, join(dirname(python), 'trytond-admin'), ...options, '--email', 'admin@example.com'],
      env: { TRYTONPASSFILE: passwordFile },
    });
  }

  function serve(name: 'told' | 'untold'): Promise<RunningServer> {
    return RunningServer.start(
      [python, join(dirname(python), 'trytond'), '-c', configuration(name), '-d', database],
      urls[name],
    );
  }

  const mayWrite = async (ann: TrytonClient) => {
    const access = await ann.call('model.ir.model.access.get_access', [['party.category'], NO_CONTEXT]);
    return Boolean((access as Record<'party.category', { write: number }>)['party.category'].write);
  };
  const read = async (client: TrytonClient, model: string, id: number, field: string) => {
    const [row] = (await client.call(`model.${model}.read`, [[id], [field], NO_CONTEXT])) as Record<string, unknown>[];
    return row?.[field];
  };
  const paperOf = async (client: TrytonClient) => {
    const { base64 } = (await read(client, 'ir.attachment', paper, 'data')) as { base64: string };
    return Buffer.from(base64, 'base64').toString();
  };
  const bytes = (text: string) => ({ __class__: 'bytes', base64: Buffer.from(text).toString('base64') });
  const create = async (client: TrytonClient, model: string, values: object) =>
    ((await client.call(`model.${model}.create`, [[values], NO_CONTEXT])) as [number])[0];

  async function grant(client: TrytonClient, model: string): Promise<void> {
    const all = { perm_read: true, perm_write: true, perm_create: true, perm_delete: true };
    await create(client, 'ir.model.access', { model, ...all });
  }

  async function useBreakAndRollBack(): Promise<void> {
    admin = somebody(urls.told);
    await admin.login();
    party = await create(admin, 'party.party', { name: 'Ada' });
    const attachment = { name: 'contract.pdf', resource: `party.party,${party}`, type: 'data' };
    paper = await create(admin, 'ir.attachment', { ...attachment, data: bytes('the first version') });
    await create(admin, 'res.user', { name: 'Ann', login: 'ann', email: 'ann@example.com', password: PASSWORD });
    anns = { told: somebody(urls.told, 'ann'), untold: somebody(urls.untold, 'ann') };
    for (const ann of Object.values(anns)) {
      await ann.login();
      expect(await mayWrite(ann)).toBe(false);
    }
    const other = somebody(urls.untold);
    await other.login();
    // So that the table knows this cache when the snapshot is taken.
    await grant(other, 'party.address.format');
    await place.takeSnapshot();

    later = somebody(urls.told);
    await later.login();
    await later.call('model.party.party.write', [[party], { name: 'Grace' }, NO_CONTEXT]);
    await later.call('model.ir.attachment.write', [[paper], { data: bytes('the second version') }, NO_CONTEXT]);
    for (const client of [later, other]) await grant(client, 'party.category');
    for (const ann of Object.values(anns)) await waitUntil('Ann may write', () => mayWrite(ann));
    expect([await read(later, 'party.party', party, 'name'), await paperOf(later)]).toEqual([
      'Grace',
      'the second version',
    ]);
    await admin.call('common.db.logout', []);

    const holder = await holdParty();
    const waiting = later.call('model.party.party.write', [[party], { name: 'Nobody' }, NO_CONTEXT]).then(
      () => 'done',
      (error: Error) => error.message,
    );
    rolledBack = await place.rollBack();
    cutOff = await waiting;
    await holder.end();
    first = { party: await read(admin, 'party.party', party, 'name'), paper: await paperOf(admin) };
  }

  /** Somebody's transaction, for which requests that change the party wait. */
  async function holdParty(): Promise<Client> {
    const { host, port, user, password } = place.production.address;
    const holder = new Client({ host, port, database, user, password, ssl: false });
    holder.on('error', () => undefined);
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM party_party WHERE id = $1 FOR UPDATE', [party]);
    return holder;
  }

  it('is rolled back with one command, and answers the first request after the swap from the same process', () => {
    expect(rolledBack).toMatch(/^production is rolled back in/m);
    expect(first).toEqual({ party: 'Ada', paper: 'the first version' });
    expect([told, untold].map((server) => server.isRunning)).toEqual([true, true]);
  });

  it('tells who was at work that it is unavailable', () => {
    expect(cutOff).toBe('model.party.party.write: HTTP 503');
  });

  it('asks who logged in after the snapshot to log in again, and knows again a session that was ended', async () => {
    await expect(later.call('model.party.party.search_count', [[], NO_CONTEXT])).rejects.toThrow('HTTP 401');
    await expect(admin.call('model.party.party.search_count', [[], NO_CONTEXT])).resolves.toBe(1);
  });

  it('forgets rights that were given after the snapshot, as it would not without the line about caches', async () => {
    await waitUntil('the server knows the rights of then', async () => !(await mayWrite(anns.told)), { seconds: 10 });
    for (let second = 0; second < 4; second += 1) {
      expect(await mayWrite(anns.untold)).toBe(true);
      await sleep(1000);
    }
  });

  it('goes on: a new file is there, in the filestore that was swapped in', async () => {
    const before = (await readdir(files, { recursive: true })).length;
    await admin.call('model.ir.attachment.write', [[paper], { data: bytes('the third version') }, NO_CONTEXT]);
    expect(await paperOf(admin)).toBe('the third version');
    expect((await readdir(files, { recursive: true })).length).toBeGreaterThan(before);
  });

  it('comes to staging without anybody’s name, address, session or paper', async () => {
    expect(await place.bringToStaging('Tryton')).toMatch(/^staging is rolled back in/m);
    const { address } = place.staging;
    expect(await query(address, `SELECT name FROM party_party`)).toEqual([{ name: `Party ${party}` }]);
    expect(
      await query(
        address,
        `SELECT login, email, password_hash IS NULL AS locked FROM res_user WHERE email IS NOT NULL ORDER BY id`,
      ),
    ).toEqual([
      { login: 'admin', email: expect.stringMatching(/^user-\d+@example.invalid$/), locked: false },
      { login: 'ann', email: expect.stringMatching(/^user-\d+@example.invalid$/), locked: true },
    ]);
    for (const table of ['ir_session', 'ir_queue', 'ir_cron WHERE active']) {
      expect(await query(address, `SELECT FROM ${table}`)).toEqual([]);
    }
    const staging = join(place.filestores, 'staging');
    const left = (await readdir(staging, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    expect(left.length).toBeGreaterThan(0);
    for (const { parentPath, name } of left) expect(await readFile(join(parentPath, name), 'utf8')).toBe('');
  });
});

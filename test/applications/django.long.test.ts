import { chmod, cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execute } from '../../scripts/toolchains/execute.js';
import { pythonWith } from '../../scripts/toolchains/python.js';
import { missing } from '../../scripts/toolchains/tools.js';
import { filledIn } from '../e2e/page-commands.js';
import { ensureTools } from '../harness/ensure-tools.js';
import { freePort } from '../harness/free-port.js';
import { query } from '../harness/database.js';
import { madeUpSecret } from '../harness/secret-mark.js';
import { ApplicationPlace } from './application-place.js';
import { recipeOf } from './applications-page.js';
import { Browser } from './browser.js';
import { RunningServer } from './running-server.js';

const PROJECT = join(import.meta.dirname, 'django');
const PACKAGES = ['Django==5.2.*', 'psycopg[binary,pool]==3.*', 'gunicorn'];
const THREADS = 4;
const PASSWORD = madeUpSecret();
const without = ({ title, content, process }: Shown) => ({ title, content, process });
const [lacks] = missing(['python']);

interface Shown {
  title: string;
  content: string;
  process: number;
}

describe.skipIf(lacks !== undefined)(`Django${lacks ? ` (not run: ${lacks} is missing)` : ''}`, () => {
  let place: ApplicationPlace;
  let media: string;
  let python: string;
  /** One with persistent connections, and one with Django's own pool: one process each. */
  let servers: { server: RunningServer; url: string }[];
  let before: Shown[];
  let idle: number[];
  let rolledBack: string;
  let first: PromiseSettledResult<Shown>[];
  let cutOff: Response;
  let paper: number;
  let ann: Browser;
  let bob: Browser;
  /** With Ann's cookie, which her own browser throws away when she logs out. */
  let copied: Browser;

  beforeAll(async () => {
    ensureTools('curl', 'jq');
    python = await pythonWith('django', PACKAGES);
    place = await ApplicationPlace.open();
    media = join(place.filestores, 'media');
    await mkdir(media);
    await install();
    const { blocks } = await recipeOf('Django');
    await place.register(blocks('bash', 1)[0]!, [
      ['--database shop', `--database ${place.production.address.database}`],
      ['/srv/shop/media', media],
    ]);
    await place.setHook();
    servers = await Promise.all(['shop.settings', 'shop.pooled'].map((settings) => serve(settings)));
    await useBreakAndRollBack();
  }, 300_000);

  afterAll(async () => {
    await Promise.all((servers ?? []).map(({ server }) => server.stop()));
    await place?.close();
  });

  /** The project, with what the page says of its settings, and its tables and  */
  async function install(): Promise<void> {
    const { address } = place.production;
    const { blocks, block } = await recipeOf('Django');
    const [settings, middleware] = blocks('python', 2);
    const passfile = join(place.home, 'pgpass');
    await cp(PROJECT, place.home, { recursive: true });
    await writeFile(passfile, `*:*:*:*:${address.password}\n`, { mode: 0o600 });
    await writeFile(join(place.home, 'secret-key'), madeUpSecret());
    await writeFile(
      join(place.home, 'shop', 'told.py'),
      filledIn(settings!, [
        ['"HOST": "db.internal"', `"HOST": "${address.host}"`],
        ['"PORT": 5432', `"PORT": ${address.port}`],
        ['"NAME": "shop"', `"NAME": "${address.database}"`],
        ['"USER": "shop"', `"USER": "${address.user}"`],
        ['/etc/shop/pgpass', passfile],
        ['/srv/shop/media', media],
      ]),
    );
    await writeFile(join(place.home, 'shop', 'told_middleware.py'), middleware!);
    const hook = filledIn(block('sh'), [
      ['/srv/shop/venv/bin/python', python],
      ['/srv/shop/manage.py', join(place.home, 'manage.py')],
    ]);
    await writeFile(join(place.home, 'forget-caches'), hook, { mode: 0o755 });
    await chmod(join(place.home, 'manage.py'), 0o755);
    await manage('migrate', '--run-syncdb');
    const make = `from django.contrib.auth.models import User
for name in ("ann", "bob"): User.objects.create_user(name, name + "@example.com", ${JSON.stringify(PASSWORD)})`;
    await manage('shell', '-c', make);
  }

  async function manage(...args: string[]): Promise<void> {
    await execute({ run: [python, join(place.home, 'manage.py'), ...args], cwd: place.home });
  }

  async function serve(settings: string): Promise<{ server: RunningServer; url: string }> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const options = [
      '--chdir',
      place.home,
      '--bind',
      `127.0.0.1:${port}`,
      '--workers',
      '1',
      '--threads',
      String(THREADS),
    ];
    const gunicorn = [python, '-m', 'gunicorn', ...options, '--timeout', '120', 'shop.wsgi'];
    const env = { DJANGO_SETTINGS_MODULE: settings, PATH: `${dirname(python)}:${process.env['PATH']}` };
    return { server: await RunningServer.start(gunicorn, `${url}/me/`, env), url };
  }

  async function logIn(name: string): Promise<Browser> {
    const browser = new Browser(servers[0]!.url);
    const { status } = await browser.post('/login/', { name, password: PASSWORD });
    expect(status).toBe(200);
    return browser;
  }

  /** As many requests at once as both servers have threads, and again as many. */
  const everyThread = () => servers.flatMap(({ url }) => Array.from({ length: 2 * THREADS }, () => show(url)));
  const show = async (url: string) => (await new Browser(url).json(`/papers/${paper}/`)) as Shown;
  const titles = async (url: string) =>
    ((await new Browser(url).json('/papers/titles/')) as { titles: string[] }).titles;

  async function useBreakAndRollBack(): Promise<void> {
    ann = await logIn('ann');
    const file = new File(['the first version'], 'contract.pdf');
    const added = await ann.post('/papers/', { title: 'Contract', file });
    paper = ((await added.json()) as { number: number }).number;
    before = await Promise.all(everyThread());
    await place.takeSnapshot();

    // What must not be there afterwards: a change, a deletion, a file, a session, and a cache that knows of them.
    bob = await logIn('bob');
    copied = ann.copy();
    await ann.post('/logout/');
    expect(await copied.copy().json('/me/')).toEqual({ name: '' });
    await bob.post('/papers/', { title: 'Later', file: new File(['later'], 'later.pdf') });
    await bob.post(`/papers/${paper}/delete/`);
    expect(await titles(servers[0]!.url)).toEqual(['Later']);
    expect(await readdir(join(media, 'papers'))).toEqual(['later.pdf']);

    idle = await sessions(`state = 'idle'`);
    const slow = new Browser(servers[0]!.url).get('/slow/');
    rolledBack = await place.rollBack();
    cutOff = await slow;
    first = await Promise.allSettled(everyThread());
  }

  async function sessions(which: string): Promise<number[]> {
    const { address, admin } = place.production;
    const sql = `SELECT pid FROM pg_stat_activity WHERE datname = $1 AND usename = $2 AND ${which} ORDER BY pid`;
    return (
      await query<{ pid: number }>({ ...admin, database: 'postgres' }, sql, [address.database, address.user])
    ).map(({ pid }) => pid);
  }

  it('is rolled back with three commands', () => {
    expect(rolledBack).toMatch(/^production is rolled back in/m);
    expect(rolledBack).not.toMatch(/hook-failed/);
  });

  it('answers the first request of each thread after the swap with the old row and the old file, from the same process', () => {
    expect(new Set(before.map(({ content }) => content))).toEqual(new Set(['the first version']));
    const answered = first.map((one) => (one.status === 'fulfilled' ? without(one.value) : String(one.reason)));
    expect(answered).toEqual(before.map(without));
    expect(servers.map(({ server }) => server.isRunning)).toEqual([true, true]);
  });

  it('had connections that waited for work, and has others', async () => {
    expect(idle.length).toBeGreaterThanOrEqual(THREADS + 1);
    const now = await sessions('true');
    expect(now.length).toBeGreaterThan(0);
    expect(now.filter((pid) => idle.includes(pid))).toEqual([]);
  });

  it('asks a request that was cut off to come again', () => {
    expect([cutOff.status, cutOff.headers.get('retry-after')]).toEqual([503, '1']);
  });

  it('has nothing in its cache that was later', async () => {
    expect(await titles(servers[0]!.url)).toEqual(['Contract']);
  });

  it('has logged out who logged in after the snapshot, and knows again a session that was ended', async () => {
    expect(await bob.json('/me/')).toEqual({ name: '' });
    expect(await ann.json('/me/')).toEqual({ name: '' });
    expect(await copied.json('/me/')).toEqual({ name: 'ann' });
  });

  it('goes on: what is added now is there, and gets the number that was given out before', async () => {
    const added = await ann.post('/papers/', { title: 'Next', file: new File(['next'], 'later.pdf') });
    expect(await added.json()).toEqual({ number: paper + 1 });
    expect(await readFile(join(media, 'papers', 'later.pdf'), 'utf8')).toBe('next');
  });

  it('comes to staging without anybody’s address, password, session or paper', async () => {
    expect(await place.bringToStaging('Django')).toMatch(/^staging is rolled back in/m);
    const { address } = place.staging;
    const users = await query(
      address,
      `SELECT username, email, left(password, 1) AS password FROM auth_user ORDER BY id`,
    );
    expect(users).toEqual([
      { username: 'ann', email: 'user-1@example.invalid', password: '!' },
      { username: 'bob', email: 'user-2@example.invalid', password: '!' },
    ]);
    expect(await query(address, 'SELECT FROM django_session')).toEqual([]);
    expect(await query(address, 'SELECT domain FROM django_site')).toEqual([{ domain: 'staging.example.com' }]);
    expect(await readFile(join(place.filestores, 'staging', 'papers', 'contract.pdf'), 'utf8')).toBe('');
  });
});

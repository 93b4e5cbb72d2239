import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { query } from '../harness/database.js';
import { freePort } from '../harness/free-port.js';
import { findProgram } from '../../src/engine/postgres/programs/programs.js';
import { createTestEnvironment, type TestEnvironment } from '../harness/sample-environment.js';
import { madeUpKey, madeUpSecret } from '../harness/secret-mark.js';
import { startTestService } from '../harness/service.js';
import { changeBoth, stateOf } from './marked-environment.js';
import { takeSnapshot } from './outcomes.js';

const ROOT = join(import.meta.dirname, '..', '..');

let directory: string;
let place: TestEnvironment;
let snapshotId: string;
const vaultKey = madeUpKey('vault');
const loaded = `recovered_${process.pid}`;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'snapback-test-recovery-'));
  await chmod(directory, 0o755);
  await mkdir(join(directory, 'filestores'));
  const env = {
    VAULT_PATH: join(directory, 'vault'),
    VAULT_MASTER_KEY: vaultKey,
    FILESTORE_ROOTS: join(directory, 'filestores'),
  };
  const service = await startTestService(env);
  const client = service.client();
  place = await createTestEnvironment(client, env.FILESTORE_ROOTS);
  ({ id: snapshotId } = await takeSnapshot(client, place.environment.id, { type: 'full', label: 'good' }));
  await changeBoth(place);
  // Its database goes with it.
  await service.stop();
});

afterAll(async () => {
  await query(inject('postgres'), `DROP DATABASE IF EXISTS ${loaded}`);
  await place.database.drop();
  await rm(directory, { recursive: true, force: true });
});

/** What somebody fills in, by what the page has in its place. */
async function filledIn(): Promise<string[]> {
  const page = await readFile(join(ROOT, 'docs', 'recovery.md'), 'utf8');
  const blocks = [...page.matchAll(/^```bash\n(.*?)^```$/gms)].map(([, block = '']) => block);
  const { host, port, database, user, password } = place.database.address;
  const server = inject('postgres');
  const key = join(directory, 'master-key');
  await writeFile(key, vaultKey);
  const values: [string, string][] = [
    ['DATA_DIR=/var/lib/snapback', `DATA_DIR=${join(directory, 'data')}`],
    ['VAULT_PATH=/srv/snapback/vault', `VAULT_PATH=${join(directory, 'vault')}`],
    ['/root/snapback-master-key', key],
    ['ORGANIZATION=default', 'ORGANIZATION=acme'],
    ['PROJECT=00000000-0000-4000-8000-000000000001', `PROJECT=${place.project.id}`],
    ['ENVIRONMENT=00000000-0000-4000-8000-000000000002', `ENVIRONMENT=${place.environment.id}`],
    ['SNAPSHOT=00000000-0000-4000-8000-000000000003', `SNAPSHOT=${snapshotId}`],
    [
      'PGHOST=db.example.com PGPORT=5432 PGUSER=postgres',
      `PGHOST=${server.host} PGPORT=${server.port} PGUSER=${server.user}`,
    ],
    ['shop_recovered', loaded],
    [
      'FILESTORE_ROOTS=/srv/filestores PORT=3000',
      `FILESTORE_ROOTS=${dirname(place.filestorePath)} PORT=${await freePort()}`,
    ],
    ['"host": "db.example.com", "port": 5432', `"host": "${host}", "port": ${port}`],
    ['"database": "shop", "user": "shop"', `"database": "${database}", "user": "${user}"`],
    ['"password": "secret"', `"password": "${password}"`],
    ['"/srv/filestores/shop"', `"${place.filestorePath}"`],
    ['>snapback.log', `>${join(directory, 'snapback.log')}`],
  ];
  let text = blocks.join('\0');
  for (const [shown, value] of values) {
    expect(text).toContain(shown);
    text = text.replaceAll(shown, value);
  }
  text = text.replaceAll('/srv/recovered', join(directory, 'recovered'));
  return text.split('\0');
}

/** All blocks in one shell, one after the other; the first command that fails ends it. */
async function runAll(blocks: readonly string[]): Promise<{ code: number; said: string }> {
  const { path } = await findProgram('pg_restore');
  const { TMPDIR, HOME } = process.env;
  const child = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'bash', '-euo', 'pipefail', '-c', blocks.join('\necho "--- done"\n')],
    {
      cwd: ROOT,
      env: {
        ...{ PATH: process.env['PATH'], HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }) },
        ...{ PG_BIN: dirname(path), PGPASSWORD: inject('postgres').password, UNHEARD_OF: madeUpSecret() },
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, said };
}

describe('docs/recovery.md', () => {
  it(
    'brings everything back on a machine that never saw the service, command by command',
    { timeout: 180_000 },
    async () => {
      const blocks = await filledIn();
      const { code, said } = await runAll(blocks);
      expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining('--- done') as string });
      expect(said.split('--- done').length).toBe(blocks.length);
      expect(said).toContain('1 projects, 1 environments and 1 snapshots are back.');
      expect(said).toMatch(/^[1-9]\d* snapshots are whole, 0 are damaged\.$/m);
      // What was taken out by hand.
      const server = inject('postgres');
      const rows = await query(
        { ...server, database: loaded },
        `SELECT count(*)::int AS rows, min(name) AS name FROM items`,
      );
      expect(rows).toEqual([{ rows: 100, name: 'item 1' }]);
      expect(await readFile(join(directory, 'recovered', 'files', 'a.txt'), 'utf8')).toBe('alpha\n');
      // What the service rolled back.
      expect(await stateOf(place)).toEqual({ rows: 'captured', files: 'captured' });
    },
  );
});

describe('the program, with a vault and nothing else', () => {
  const run = (env: NodeJS.ProcessEnv, ...argv: string[]) => {
    const program = join(ROOT, 'dist', 'src', 'vault.cli.js');
    const own = { PATH: process.env['PATH'], DATA_DIR: join(directory, 'never'), VAULT_PATH: join(directory, 'vault') };
    return promisify(execFile)(process.execPath, [program, ...argv], { env: { ...own, ...env } });
  };

  it('lists and extracts without a look at a database, and makes nothing in DATA_DIR', async () => {
    const env = { VAULT_MASTER_KEY: vaultKey, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' };
    expect((await run(env, 'list')).stdout).toContain(snapshotId);
    const to = join(directory, 'by-itself');
    const { stdout } = await run(env, 'extract', '--snapshot', snapshotId, '--to', to, '--files-as', 'tar');
    expect(stdout).toContain('Every content is what it was captured as.');
    await expect(access(join(directory, 'never'))).rejects.toThrow('ENOENT');
  });

  it.each([['list'], ['check'], ['import']])(
    'says that the master key is missing, and makes none, when asked to %s',
    async (command) => {
      await expect(run({}, command)).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringContaining('There is no master key: set VAULT_MASTER_KEY') as string,
      });
      await expect(access(join(directory, 'never'))).rejects.toThrow('ENOENT');
    },
  );
});

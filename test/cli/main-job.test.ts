import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, query } from '../harness/database.js';
import type { TestDatabase } from '../harness/database.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { CommandLine, KEYS } from './command-line.js';

let service: TestService;
let database: TestDatabase;
let files: string;
let snapback: CommandLine;

beforeAll(async () => {
  service = await startTestService();
  database = await createTestDatabase();
  await query(database.address, 'CREATE TABLE orders AS SELECT n FROM generate_series(1, 1000) n');
  files = join(service.filestoreRoot, 'shop');
  await mkdir(files);
  await writeFile(join(files, 'invoice.txt'), 'as it was\n');
  snapback = await CommandLine.open();
});
afterAll(async () => {
  await service.stop();
  await database.drop();
  await snapback.remove();
});

const state = async () => {
  const [row] = await query<{ count: string }>(database.address, 'SELECT count(*) FROM orders');
  return `${row!.count} orders, ${await readFile(join(files, 'invoice.txt'), 'utf8')}`;
};

/** What somebody at a terminal sees, who does what `type` does, once it has ended as it should. */
async function atTerminal(
  args: readonly string[],
  type?: (session: ReturnType<CommandLine['terminal']>) => Promise<void>,
) {
  const session = snapback.terminal(args);
  await type?.(session);
  expect({ code: await session.ended, text: session.text }).toMatchObject({ code: 0 });
  return session.text;
}

describe('the main job, from nothing and in a home directory with nothing in it', () => {
  it('takes eight commands, each of which says which one comes next', { timeout: 120_000 }, async () => {
    const { host, port, database: name, user, password } = database.address;

    // 1, 2: what there is, and where the service is.
    expect(await atTerminal(['--help'])).toContain('snapback login');
    const loggedIn = await atTerminal(['login', service.url], async (session) => {
      await session.until(/Token/);
      session.type(`${testToken()}${KEYS.enter}`);
    });
    expect(loggedIn).toContain('Next: snapback project create NAME');
    expect((await stat(snapback.profiles)).mode & 0o777).toBe(0o600);

    // 3, 4: what is yours.
    expect(await atTerminal(['project', 'create', 'shop'])).toContain('Next: snapback env add NAME');
    const place = ['--host', host, '--port', String(port), '--database', name, '--user', user, '--files', files];
    const added = await atTerminal(['env', 'add', 'production', ...place], async (session) => {
      await session.until(/Password of the role/);
      session.type(`${password}${KEYS.enter}`);
    });
    expect(added).toContain('Next: snapback snapshot create --wait');
    expect(added).not.toContain(password);

    // 5: a snapshot.
    const before = await state();
    expect(await atTerminal(['snapshot', 'create', '--label', 'before 17.0', '--wait'])).toMatch(
      /The snapshot \w{8} of production \(before 17\.0\) is completed: /,
    );

    // 6: a rollback, with its plan, to which somebody agrees by name.
    await query(database.address, 'DELETE FROM orders WHERE n > 10');
    await writeFile(join(files, 'invoice.txt'), 'broken\n');
    const broken = await state();
    const planned = await atTerminal(['rollback', 'plan', 'latest']);
    expect(planned).toMatch(/becomes +the snapshot \w{8}, before 17\.0/);
    const rolledBack = await atTerminal(['rollback', 'run', 'latest', '--wait'], async (session) => {
      await session.until(/Type its name, production, to go on/);
      session.type(`production${KEYS.enter}`);
    });
    expect(rolledBack).toMatch(/production is rolled back in .*, down for \d+ ms\./);
    expect(rolledBack).toContain('snapback rollback undo');
    expect(await state()).toBe(before);

    // 7, 8: and back.
    const undone = await atTerminal(['rollback', 'undo', '--wait'], async (session) => {
      await session.until(/Type its name, production, to go on/);
      session.type(`production${KEYS.enter}`);
    });
    expect(undone).toMatch(/production is rolled back in/);
    expect(await state()).toBe(broken);
  });
});

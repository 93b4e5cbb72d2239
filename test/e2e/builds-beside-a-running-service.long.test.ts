import { execFile } from 'node:child_process';
import { appendFile, cp, mkdtemp, readlink, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect } from '../../sdk/typescript/connect.js';
import { checkedFetch } from '../harness/contract-check.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startServiceProcess } from '../harness/service-process.js';
import { createServiceSetting } from '../harness/service.js';
import type { ServiceSetting } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { takeSnapshot } from './outcomes.js';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');
const COPIED = [
  'src',
  'sdk/typescript',
  'cli',
  'scripts',
  'package.json',
  'package-lock.json',
  'openapi.yaml',
  'tsconfig.json',
  'tsconfig.build.json',
  'LICENSE',
];
/** Compiling takes seconds, and here there is other work. */
const BUILDS_MS = 240_000;

let copy: string;
let setting: ServiceSetting;

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'snapback-test-builds-'));
  for (const path of COPIED) await cp(join(ROOT, path), join(copy, path), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  setting = await createServiceSetting();
});

afterAll(async () => {
  await setting.remove();
  await rm(copy, { recursive: true, force: true });
});

const build = () => run('npm', ['run', '--silent', 'build'], { cwd: copy });
const built = () => readlink(join(copy, 'dist'));

it(
  'a service works with its own files to its end, whatever is built beside it',
  async () => {
    await Promise.all([build(), build()]);
    const main = join(copy, 'dist', 'src', 'main.js');
    const places: TestEnvironment[] = [];
    const service = await startServiceProcess(setting.env, { main });
    try {
      const client = connect({ baseUrl: service.url, token: testToken(), fetch: checkedFetch });
      const place = await createTestEnvironment(client, setting.filestoreRoot);
      places.push(place);
      const contract = async () => (await fetch(new URL('/openapi.yaml', service.url))).text();
      const [before, first] = [await contract(), await realpath(main)];

      // A version whose threads and contract have nothing to do with the one that runs.
      const thread = join(copy, 'src', 'vault', 'packing', 'packing-thread.ts');
      await appendFile(thread, "if (Date.now() > 0) throw new Error('another version');\n");
      await appendFile(join(copy, 'openapi.yaml'), '# another version\n');
      const building = { over: false };
      const another = build().finally(() => (building.over = true));
      do await takeSnapshot(client, place.environment.id);
      while (!building.over);
      await another;
      await takeSnapshot(client, place.environment.id);

      expect(await realpath(main)).not.toBe(first);
      expect(await contract()).toBe(before);
    } finally {
      await service.kill();
      for (const place of places) await place.database.drop();
    }
  },
  BUILDS_MS,
);

it(
  'nothing is built when the build is current, and what does not compile is not switched to',
  async () => {
    await build();
    const current = await built();
    await build();
    expect(await built()).toBe(current);

    await writeFile(join(copy, 'src', 'broken.ts'), 'export const broken: number = "no number";\n');
    await expect(build()).rejects.toThrow('Command failed');
    expect(await built()).toBe(current);
    await rm(join(copy, 'src', 'broken.ts'));

    // What a cleaner or a power cut took is noticed.
    await rm(join(copy, 'dist', 'src', 'errors'), { recursive: true });
    await build();
    expect(await built()).not.toBe(current);
  },
  BUILDS_MS,
);

import { execFile, spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

/** What somebody writes who has installed the package: TypeScript, and valid JavaScript as it stands. */
const PROGRAM = `
import { Snapback, SnapbackError } from '@snapback/client';
import { projectList } from '@snapback/client/operations';

const [baseUrl = '', token = '', environmentId = ''] = ARGUMENTS;
const snapback = new Snapback({ baseUrl, token: async () => token });
const { id } = await snapback.snapshots.create(environmentId, { label: 'from a package' });
const phases = new Set();
const snapshot = await snapback.waitForSnapshot(environmentId, id, { onProgress: ({ phase }) => phases.add(phase) });
const labels = [];
for await (const { label } of snapback.snapshots.list(environmentId, {}, { pageSize: 1 })) labels.push(label);
const { data } = await projectList({ client: snapback.client });
const code = await snapback.projects.view(crypto.randomUUID()).catch((error) =>
  error instanceof SnapbackError ? error.code : String(error),
);
console.log(JSON.stringify({ status: snapshot.status, phases: phases.size, labels, projects: data?.total, code }));
`;

let service: TestService;
let scratch: string;
let app: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'snapback-test-package-'));
  app = join(scratch, 'app');
  const archive = await packed(join(scratch, 'repository'));
  await mkdir(app);
  await writeFile(join(app, 'package.json'), '{"name":"app","private":true,"type":"module"}');
  // It has no dependencies, so nothing has to be fetched.
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', archive], { cwd: app });
  service = await startTestService();
}, 180_000);

afterAll(async () => {
  await service?.stop();
  await rm(scratch, { recursive: true, force: true });
});

/** By `npm pack`, as README.md says, in a copy of what it is built from: nothing is left in the repository. */
async function packed(repository: string): Promise<string> {
  const source = join(repository, 'sdk', 'typescript');
  await mkdir(dirname(source), { recursive: true });
  const leftOut = join(ROOT, 'sdk', 'typescript', 'dist');
  await cp(join(ROOT, 'sdk', 'typescript'), source, { recursive: true, filter: (path) => path !== leftOut });
  for (const file of ['tsconfig.json', 'LICENSE']) await cp(join(ROOT, file), join(repository, file));
  await symlink(join(ROOT, 'node_modules'), join(repository, 'node_modules'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', scratch], { cwd: source });
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [{ filename: string }];
  return join(scratch, filename);
}

/** A Node of that version in PATH; this one when it is of it. */
function nodeOf(major: number): string | undefined {
  const candidates = [
    process.execPath,
    ...(process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, 'node')),
  ];
  return candidates.find((node) => spawnSync(node, ['--version']).stdout?.toString().startsWith(`v${major}.`));
}

describe('the packed TypeScript SDK, installed in an empty project', { timeout: 120_000 }, () => {
  for (const major of [20, 24]) {
    const node = nodeOf(major);
    it.skipIf(node === undefined)(
      `does the main job under Node ${major}${node === undefined ? ' (not run: there is none)' : ''}`,
      async () => {
        const { environment } = await createTestEnvironment(service.client(), service.filestoreRoot);
        const program = join(app, `main-${major}.mjs`);
        await writeFile(program, PROGRAM.replace('ARGUMENTS', 'process.argv.slice(2)'));
        const { stdout } = await run(node!, [program, service.url, testToken(), environment.id], { cwd: app });
        expect(JSON.parse(stdout)).toMatchObject({
          status: 'completed',
          labels: ['from a package'],
          projects: expect.any(Number),
          code: 'not-found',
        });
      },
    );
  }

  it.each([
    ['of a browser', ['--lib', 'es2022,dom,dom.iterable']],
    ['of Node', ['--lib', 'es2022', '--types', 'node', '--typeRoots', join(ROOT, 'node_modules', '@types')]],
  ])('has types that are sound, looked at closely, with those %s', async (_, environment) => {
    await writeFile(join(app, 'main.ts'), PROGRAM.replace('ARGUMENTS', "['', '', '']"));
    const options = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--target', 'es2022', '--module', 'nodenext'];
    const checked = await run(process.execPath, [TSC, ...options, ...environment, 'main.ts'], { cwd: app }).catch(
      ({ stdout }: { stdout: string }) => ({ stdout }),
    );
    expect(checked.stdout).toBe('');
  });

  it('imports nothing from its entry but its own files, so that browsers can have it', async () => {
    const installed = join(app, 'node_modules', '@snapback', 'client', 'dist');
    const reached = new Set([join(installed, 'index.js')]);
    for (const file of reached) {
      const source = await readFile(file, 'utf8');
      for (const [, from] of source.matchAll(/(?:from|import) ?\(?'([^']+)'/g)) {
        expect(from, `what ${file} imports`).toMatch(/^\.\.?\//);
        reached.add(resolve(dirname(file), from!));
      }
      expect(source).not.toMatch(/\b(process|Buffer|require|__dirname|global)\b[.(]/);
    }
    expect(reached.size).toBeGreaterThan(20);
    expect(await readdir(join(app, 'node_modules'))).toEqual(['.package-lock.json', '@snapback']);
  });
});

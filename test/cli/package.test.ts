import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { ended } from './command-line.js';
import { installCommandLine, packCommandLine } from './packed.js';

const run = promisify(execFile);

let service: TestService;
let place: TestEnvironment;
let scratch: string;
let archive: string;
let project: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'snapback-test-package-'));
  project = join(scratch, 'project');
  archive = await packCommandLine(scratch);
  await installCommandLine(archive, project);
  service = await startTestService();
  place = await createTestEnvironment(service.client(), service.filestoreRoot);
}, 180_000);
afterAll(async () => {
  await service?.stop();
  await place?.database.drop();
  await rm(scratch, { recursive: true, force: true });
});

/** The oldest Node that the package is for, where there is one of it in PATH; else the one that runs this. */
function oldestNode(): string {
  const candidates = (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, 'node'));
  const oldest = candidates.find((node) => spawnSync(node, ['--version']).stdout?.toString().startsWith('v20.'));
  return oldest ?? process.execPath;
}

const NODE = oldestNode();
const version = spawnSync(NODE, ['--version']).stdout.toString().trim();

describe(`the packed command line, installed in an empty project, under Node ${version}`, { timeout: 60_000 }, () => {
  const npx = (...args: string[]) => {
    const env = {
      PATH: `${dirname(NODE)}${delimiter}${process.env['PATH']}`,
      HOME: scratch,
      npm_config_offline: 'true',
      npm_config_update_notifier: 'false',
      SNAPBACK_URL: service.url,
      SNAPBACK_TOKEN: testToken(),
      SNAPBACK_ENVIRONMENT: place.environment.id,
    };
    return ended(execFile('npx', args, { cwd: project, env }));
  };

  it('is one file, its licences and what is said of it', async () => {
    const { stdout } = await run('tar', ['-tzf', archive]);
    expect(stdout.trim().split('\n').toSorted()).toEqual(
      ['LICENSE', 'snapback.mjs']
        .map((name) => `package/dist/${name}`)
        .concat('package/README.md', 'package/package.json')
        .toSorted(),
    );
    const licences = await readFile(join(project, 'node_modules', '@snapback', 'cli', 'dist', 'LICENSE'), 'utf8');
    expect(licences).toContain('Apache License');
    for (const bundled of ['commander', 'openid-client', 'undici', 'yaml', '@clack/prompts'])
      expect(licences).toMatch(new RegExp(`^${bundled} [\\d.]+ \\((MIT|ISC)\\)\n\n[^-]*Copyright`, 'm'));
  });

  it('says which version it is, and how it is used', async () => {
    const { version: own } = JSON.parse(
      await readFile(join(project, 'node_modules', '@snapback', 'cli', 'package.json'), 'utf8'),
    );
    expect(await npx('snapback', '--version')).toEqual({ code: 0, out: `${own}\n`, err: '' });
    const help = await npx('@snapback/cli', '--help');
    expect(help).toEqual({ code: 0, out: expect.stringMatching(/^Usage: snapback /), err: '' });
  });

  it('takes a snapshot, and waits for it', async () => {
    const ran = await npx('snapback', 'snapshot', 'create', '--wait');
    expect(ran).toMatchObject({ code: 0, out: expect.stringMatching(/^The snapshot \w{8} .* is completed/) });
  });
});

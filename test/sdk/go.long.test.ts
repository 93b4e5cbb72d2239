import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settingsUpdate } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { createTestDatabase, query } from '../harness/database.js';
import type { TestDatabase } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { missing } from '../../scripts/toolchains/tools.js';
import { testToken } from '../harness/tokens.js';

const SDK = join(import.meta.dirname, '../../sdk/go');
const GENERATED = ['models.gen.go', 'calls.gen.go'];
/** What was never built before is compiled first, together with the generator. */
const TIMEOUT_MS = 600_000;

const [lacks] = missing(['go']);
const hasGo = lacks === undefined;
const without = hasGo ? '' : ` (not run: ${lacks} is missing)`;

interface Run {
  code: number | null;
  output: string;
}

async function run(
  signal: AbortSignal,
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Run> {
  const child = spawn(command, args, {
    cwd: SDK,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // `go run` starts what it has compiled as a process of its own: all of them are one group, and end together.
    detached: true,
  });
  const end = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // All of it has ended by itself.
    }
  };
  signal.addEventListener('abort', end);
  try {
    const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
    const [code, output, errors] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    return { code, output: output + errors };
  } finally {
    signal.removeEventListener('abort', end);
  }
}

const WELL = { code: 0, output: '' };

it("shows in the Go SDK's README what is compiled", async () => {
  const flat = (code: string) => code.replaceAll(/^\s+/gm, '');
  const example = flat(await readFile(join(SDK, 'examples/calls/main.go'), 'utf8'));
  const readme = await readFile(join(SDK, 'README.md'), 'utf8');
  const shown = [...readme.matchAll(/^```go\n([\s\S]*?)^```$/gm)].map(([, code]) => flat(code!));
  expect(shown.length).toBeGreaterThanOrEqual(10);
  expect(shown.filter((code) => !example.includes(code))).toEqual([]);
});

it('imports nothing but the standard library into the Go SDK', async () => {
  expect(await readFile(join(SDK, 'go.mod'), 'utf8')).not.toContain('require');
  expect(await readdir(SDK)).not.toContain('go.sum');
});

describe.skipIf(!hasGo)(`the Go SDK${without}`, () => {
  it(
    'is what openapi.yaml generates',
    async ({ signal }) => {
      const scratch = await mkdtemp(join(tmpdir(), 'snapback-sdk-go-'));
      try {
        expect(await run(signal, process.execPath, ['generate/main.mjs', scratch])).toMatchObject({ code: 0 });
        for (const file of GENERATED) {
          const [committed, made] = await Promise.all(
            [SDK, scratch].map((place) => readFile(join(place, file), 'utf8')),
          );
          expect(committed === made, `${file} is current; if not, run "npm run sdk:go"`).toBe(true);
        }
      } finally {
        await rm(scratch, { recursive: true, force: true });
      }
    },
    TIMEOUT_MS,
  );

  it(
    'is formatted, vetted and passes its own tests',
    async ({ signal }) => {
      expect(await run(signal, 'gofmt', ['-l', '.'])).toEqual(WELL);
      expect(await run(signal, 'go', ['vet', './...'])).toEqual(WELL);
      // -count=1: what was tested with other tools of the machine is tested again.
      expect(await run(signal, 'go', ['test', '-count=1', './...'])).toMatchObject({ code: 0 });
    },
    TIMEOUT_MS,
  );
});

describe.skipIf(!hasGo)(`the examples of the Go SDK${without}`, () => {
  let service: TestService;
  let database: TestDatabase;
  let place: TestEnvironment;

  beforeAll(async () => {
    service = await startTestService();
    database = await createTestDatabase();
    await query(database.address, 'CREATE TABLE items (n int)');
    place = await createTestEnvironment(service.client(), service.filestoreRoot);
    const path = { environmentId: place.environment.id };
    await result(settingsUpdate({ client: service.client(), path, body: { autoEnabled: true } }));
  });

  afterAll(async () => {
    await service.stop();
    await database.drop();
    await place.database.drop();
  });

  it(
    'make the calls that people make',
    async ({ signal }) => {
      const { host, port, database: name, user, password } = database.address;
      const filestore = join(service.filestoreRoot, 'go-calls');
      await mkdir(filestore);
      await writeFile(join(filestore, 'a.txt'), 'alpha\n');
      const { code, output } = await run(signal, 'go', ['run', './examples/calls'], {
        SNAPBACK_URL: service.url,
        SNAPBACK_TOKEN: testToken(),
        DATABASE_HOST: host,
        DATABASE_PORT: String(port),
        DATABASE_NAME: name,
        DATABASE_USER: user,
        DATABASE_PASSWORD: password,
        FILESTORE: filestore,
      });
      expect({ code, output }).toMatchObject({ code: 0 });
      for (const said of [
        /completed: \d+ bytes/,
        '1 in all',
        'deploying behind',
        'taken out: a.txt.restored-',
        /exported: \S+\.zip \d+ bytes/,
        'rolled back, down for',
        'keep [',
      ]) {
        expect(output).toMatch(said);
      }
    },
    TIMEOUT_MS,
  );

  it(
    'deploy behind the gate, not twice with one key, and roll back what fails',
    async ({ signal }) => {
      const deploy = (key: string, command: string) =>
        run(signal, 'go', ['run', './examples/deploy', '17.1', 'sh', '-c', command], {
          SNAPBACK_URL: service.url,
          SNAPBACK_TOKEN: testToken({ permissions: ['deployer', 'viewer'] }),
          ENVIRONMENT_ID: place.environment.id,
          CI_JOB_ID: key,
        });
      const first = await deploy('job-1', 'echo "it is" deployed');
      expect(first).toMatchObject({ code: 0 });
      expect(first.output).toContain('it is deployed');
      const again = await deploy('job-1', 'echo "it is" deployed');
      expect(again.code).toBe(1);
      expect(again.output).toContain('has ended (completed)');
      expect(again.output).not.toContain('it is deployed');
      const failed = await deploy('job-2', 'false');
      expect(failed.code).toBe(1);
      expect(failed.output).toContain('the deployment failed');
      expect(failed.output).toContain('rollback: completed');
    },
    TIMEOUT_MS,
  );
});

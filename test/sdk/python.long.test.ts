import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missing } from '../../scripts/toolchains/tools.js';
import { createTestDatabase, query } from '../harness/database.js';
import type { TestDatabase } from '../harness/database.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { sampleOf } from '../harness/thorough.js';
import { testToken } from '../harness/tokens.js';
import { faultsOfLines, listedCases } from './conformance-lines.js';
import { ConformanceStage } from './conformance-stage.js';
import { PYTHON_SDK, PythonEnvironment } from './python-environment.js';

const ROOT = join(PYTHON_SDK, '..', '..');
const MADE = [
  'models.py',
  '_generated/__init__.py',
  '_generated/calls.py',
  '_generated/groups.py',
  '_generated/async_groups.py',
];
/** An environment is made of packages that are fetched, and checked by a type checker that has seen nothing of it. */
const SLOW_MS = 300_000;

/** Cases wait for pauses, idle times and slow snapshots. */
const CONFORMANCE_MS = 600_000;

const [lacks] = missing(['python']);

describe.skipIf(lacks !== undefined)(`the Python SDK${lacks ? ` (not run: ${lacks} is missing)` : ''}`, () => {
  it('is what openapi.yaml makes; if not, run "npm run sdk:python"', async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'snapback-sdk-python-'));
    try {
      const made = spawnSync(process.execPath, [join(ROOT, 'scripts/sdk-python.mjs'), scratch], { encoding: 'utf8' });
      expect([made.status, made.stderr]).toEqual([0, '']);
      for (const file of MADE) {
        const committed = await readFile(join(PYTHON_SDK, 'src/snapback', file), 'utf8');
        expect({ file, text: await readFile(join(scratch, file), 'utf8') }).toEqual({ file, text: committed });
      }
    } finally {
      await rm(scratch, { recursive: true });
    }
  });

  it('carries the licence of the repository', async () => {
    expect(await readFile(join(PYTHON_SDK, 'LICENSE'), 'utf8')).toBe(await readFile(join(ROOT, 'LICENSE'), 'utf8'));
  });

  describe('as a wheel, in an environment of its own', () => {
    let environment: PythonEnvironment;

    beforeAll(async () => {
      environment = await PythonEnvironment.make();
    }, SLOW_MS);

    afterAll(() => environment?.remove());

    it('has its types, its licence and nothing but the package in it', async () => {
      const list = 'import sys, zipfile; print(*sorted(zipfile.ZipFile(sys.argv[1]).namelist()), sep="\\n")';
      const { output } = await environment.run([environment.python, '-c', list, await environment.wheel()]);
      const names = output.trim().split('\n');
      expect(names).toEqual(expect.arrayContaining(['snapback/py.typed', 'snapback/models.py']));
      expect(names.filter((name) => name.endsWith('/licenses/LICENSE'))).toHaveLength(1);
      expect(names.filter((name) => !/^snapback(-[\d.]+\.dist-info)?\//.test(name))).toEqual([]);
    });

    it('is well typed under the strictest rules, and so is what uses it', { timeout: SLOW_MS }, async () => {
      const mypy = [environment.python, '-m', 'mypy', '--strict', '--cache-dir', join(environment.directory, 'mypy')];
      const checked = ['src', 'generate', 'tests', 'examples', 'conformance/snapback_conformance'];
      expect(await environment.run([...mypy, ...checked])).toEqual({
        code: 0,
        output: expect.stringMatching(/no issues found in \d\d+ source files/),
      });
    });

    it('passes its own tests', { timeout: SLOW_MS }, async () => {
      const ended = await environment.run([environment.python, '-m', 'pytest', '-q', '-p', 'no:cacheprovider']);
      expect(ended).toEqual({ code: 0, output: expect.stringMatching(/\d\d+ passed in/) });
    });

    for (const client of sampleOf(['Snapback', 'AsyncSnapback'], 1)) {
      it(`passes the list of all SDKs, with ${client}`, { timeout: CONFORMANCE_MS }, async ({ signal }) => {
        const stage = await ConformanceStage.start();
        try {
          const program = {
            command: [environment.python, '-m', 'snapback_conformance'],
            directory: environment.directory,
            environment: { PYTHONPATH: join(PYTHON_SDK, 'conformance'), PYTHONDONTWRITEBYTECODE: '1', CLIENT: client },
          };
          const { output, errors, code } = await stage.run(program, { signal });
          expect({ faults: faultsOfLines(output), code, errors }).toEqual({ faults: [], code: 0, errors: '' });
          // The lines say which client they are of: it is the one that was asked for.
          expect(output.match(/"detail": "\w+: /g)).toEqual(listedCases().map(() => `"detail": "${client}: `));
        } finally {
          await stage.stop();
        }
      });
    }

    describe("runs its README's examples against a service", () => {
      let service: TestService;
      let database: TestDatabase;
      let variables: Record<string, string>;

      beforeAll(async () => {
        service = await startTestService();
        database = await createTestDatabase();
        await query(database.address, 'CREATE TABLE items AS SELECT n FROM generate_series(1, 100) n');
        const FILESTORE = join(service.filestoreRoot, 'shop');
        await mkdir(FILESTORE);
        await writeFile(join(FILESTORE, 'a.txt'), 'alpha\n');
        const { host, port, database: name, user, password } = database.address;
        variables = {
          ...{ SNAPBACK_URL: service.url, SNAPBACK_TOKEN: testToken(), FILESTORE },
          ...{ PGHOST: host, PGPORT: String(port), PGDATABASE: name, PGUSER: user, PGPASSWORD: password },
        };
      });

      afterAll(async () => {
        await service?.stop();
        await database?.drop();
      });

      const example = (name: string, ...rest: string[]) =>
        environment.run([environment.python, join('examples', name), ...rest], variables);

      it('the calls that people make', async () => {
        const { code, output } = await example('ten_calls.py');
        expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('completed') });
        for (const line of [
          /^<SnapshotDetails [0-9a-f]{8} full manual completed .* 'before 17\.0'>$/m,
          /^100 % completed$/m,
          /^rolled back, down for \d+ ms$/m,
          /^undone: completed$/m,
          /^production-\S+\.zip has \d+ bytes$/m,
          /^The pre-deploy snapshot is completed/m,
          /^keep pinned/m,
          /^409 snapshot-pinned The snapshot is pinned/m,
        ]) {
          expect(output).toMatch(line);
        }
      });

      it('the asynchronous one', async () => {
        const { code, output } = await example('asynchronous.py');
        expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/^<SnapshotDetails .* completed/) });
      });

      it('the pipeline: it deploys once for a key, and rolls back what fails', async () => {
        const [row] = await query<{ id: string }>(service.database, 'SELECT id FROM environments');
        variables = { ...variables, ENVIRONMENT_ID: row!.id };
        const deploy = (key: string, shell: string) => {
          variables = { ...variables, CI_JOB_ID: key };
          return example('pipeline.py', '17.0', 'sh', '-c', shell);
        };
        expect(await deploy('first', 'echo deployed')).toEqual({ code: 0, output: 'deployed\n' });
        const again = await deploy('first', 'echo deployed');
        expect(again).toEqual({ code: 1, output: expect.stringContaining('has ended (completed)') });
        expect(again.output).not.toContain('deployed\n');
        const failed = await deploy('second', 'exit 3');
        expect(failed).toEqual({ code: 1, output: expect.stringMatching(/rolled back, down for \d+ ms/) });
      });
    });
  });
});

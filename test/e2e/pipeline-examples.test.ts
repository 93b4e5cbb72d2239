import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { settingsUpdate } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { ensureTools } from '../harness/ensure-tools.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { nothingIsLeft } from './leftovers.js';

const ROOT = join(import.meta.dirname, '../..');
const EXAMPLES = join(ROOT, 'examples');
const VERSION = 'v17.1';

let service: TestService;
let place: TestEnvironment;
/** Where a repository that deploys would be checked out. */
let checkout: string;

beforeAll(async () => {
  ensureTools('curl', 'jq');
  service = await startTestService();
  place = await createTestEnvironment(service.client(), service.filestoreRoot);
  const path = { environmentId: place.environment.id };
  await result(settingsUpdate({ client: service.client(), path, body: { autoEnabled: true } }));
  checkout = join(service.directory, 'checkout');
  await mkdir(join(checkout, 'ci'), { recursive: true });
  await copyFile(join(EXAMPLES, 'deploy.sh'), join(checkout, 'ci', 'deploy.sh'));
  await copyFile(join(EXAMPLES, 'deploy.ts'), join(checkout, 'ci', 'deploy.ts'));
  await installClient();
  await writeFile(join(checkout, 'ci', 'migrate-and-restart.sh'), '#!/bin/sh\nexec sh -c "$COMMAND"\n', {
    mode: 0o755,
  });
});

/** As from its package, which test/sdk/typescript-package.test.ts packs and installs. */
async function installClient(): Promise<void> {
  const client = join(checkout, 'node_modules', '@snapback', 'client');
  const sdk = join(ROOT, 'sdk', 'typescript');
  const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  await mkdir(client, { recursive: true });
  await copyFile(join(sdk, 'package.json'), join(client, 'package.json'));
  const options = ['--project', join(sdk, 'tsconfig.json'), '--outDir', join(client, 'dist')];
  await promisify(execFile)(process.execPath, [compiler, ...options]);
  await writeFile(join(checkout, 'package.json'), '{"type":"module"}');
}

afterAll(async () => {
  await nothingIsLeft([place]).finally(() => service.stop());
});

interface Run {
  code: number | null;
  output: string;
}

/** Which job it is: the same job and attempt is a step that is repeated, another attempt a job that is run again. */
interface Job {
  id: string;
  attempt: number;
}

interface Given {
  /** What deploying means here: a line of shell. */
  command: string;
  token?: string;
}

const settingsOf = ({ token }: Given): Record<string, string> => ({
  SNAPBACK_URL: service.url,
  SNAPBACK_TOKEN: token ?? testToken({ permissions: ['deployer'] }),
  ENVIRONMENT_ID: place.environment.id,
});

async function shell(script: string, environment: Record<string, string>): Promise<Run> {
  const child = spawn('bash', ['-eo', 'pipefail', '-c', script], {
    cwd: checkout,
    env: { PATH: process.env['PATH'], ...environment },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (output += bytes.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

async function deploySh({ id, attempt }: Job, given: Given): Promise<Run> {
  const key = { CI_JOB_ID: `${id}-${attempt}`, COMMAND: given.command };
  return shell(`ci/deploy.sh ${VERSION} ci/migrate-and-restart.sh`, { ...settingsOf(given), ...key });
}

async function deployTs({ id, attempt }: Job, given: Given): Promise<Run> {
  const key = { CI_JOB_ID: `${id}-${attempt}`, COMMAND: given.command };
  const command = `'${process.execPath}' ci/deploy.ts ${VERSION} ci/migrate-and-restart.sh`;
  return shell(command, { ...settingsOf(given), ...key });
}

/** As GitHub runs the steps of the job: with the environment of the job, its expressions filled in. */
async function gitHub({ id, attempt }: Job, given: Given): Promise<Run> {
  const { jobs } = parse(await readFile(join(EXAMPLES, 'github-actions.yml'), 'utf8')) as {
    jobs: { production: { env: Record<string, string>; steps: { run?: string }[] } };
  };
  const settings = settingsOf(given);
  const known: Record<string, string | undefined> = {
    'vars.SNAPBACK_URL': settings['SNAPBACK_URL'],
    'secrets.SNAPBACK_TOKEN': settings['SNAPBACK_TOKEN'],
    'vars.SNAPBACK_ENVIRONMENT_ID': settings['ENVIRONMENT_ID'],
    'github.run_id': id,
    'github.run_attempt': String(attempt),
  };
  const filledIn = (text: string): string =>
    text.replaceAll(/\$\{\{ ([\w.]+) \}\}/g, (_, name: string) => {
      const value = known[name];
      if (value === undefined) throw new Error(`GitHub has no ${name} here.`);
      return value;
    });
  const environment = Object.entries(jobs.production.env).map(([name, value]) => [name, filledIn(value)]);
  const script = jobs.production.steps.flatMap(({ run }) => (run === undefined ? [] : [run])).join('\n');
  return shell(script, { ...Object.fromEntries(environment), GITHUB_REF_NAME: VERSION, COMMAND: given.command });
}

/** As GitLab runs it: another attempt has another id. */
async function gitLab({ id, attempt }: Job, given: Given): Promise<Run> {
  const job = (parse(await readFile(join(EXAMPLES, 'gitlab-ci.yml'), 'utf8')) as Record<string, unknown>)[
    'deploy-production'
  ] as { before_script: string[]; script: string[] };
  const script = [...job.before_script, ...job.script].join('\n');
  const own = { CI_JOB_ID: `${id}${attempt}`, CI_COMMIT_TAG: VERSION, COMMAND: given.command };
  return shell(script, { ...settingsOf(given), ...own });
}

const newJob = (): Job => ({ id: randomUUID(), attempt: 1 });

describe.each([
  ['deploy.sh', deploySh],
  ['deploy.ts', deployTs],
  ['the job of GitHub Actions', gitHub],
  ['the job of GitLab CI', gitLab],
])('%s', { timeout: 60_000 }, (_, deploy) => {
  it('deploys behind the gate; repeated it does not deploy again, and run again it takes another snapshot', async () => {
    const job = newJob();
    const first = await deploy(job, { command: 'echo deployed' });
    expect([first.code, first.output]).toEqual([0, expect.stringMatching(/gate open: [\s\S]*deployed/)]);
    const repeated = await deploy(job, { command: 'echo deployed' });
    expect([repeated.code, repeated.output]).toEqual([1, expect.stringContaining('has ended (completed)')]);
    expect(repeated.output).not.toContain('deployed\n');
    const again = await deploy({ ...job, attempt: 2 }, { command: 'echo deployed' });
    expect([again.code, again.output]).toEqual([0, expect.stringContaining('deployed\n')]);
    const [counted] = await query<{ deployments: number; snapshots: number }>(
      service.database,
      `SELECT count(*)::int AS deployments, count(DISTINCT snapshot_id)::int AS snapshots FROM deployments
        WHERE kind = 'deploy' AND status = 'completed' AND version = '${VERSION}'`,
    );
    expect(counted!.snapshots).toBe(counted!.deployments);
  });

  it('rolls back what failed', async () => {
    const failed = await deploy(newJob(), { command: 'false' });
    expect([failed.code, failed.output]).toEqual([1, expect.stringContaining('rollback: completed')]);
  });

  it('says in the sentence of the service why it may not', async () => {
    const token = testToken({ permissions: ['viewer'] });
    const refused = await deploy(newJob(), { command: 'echo deployed', token });
    expect([refused.code, refused.output]).toEqual([
      1,
      expect.stringContaining('lacks the permission deployments:write'),
    ]);
    expect(refused.output).not.toContain('deployed');
    expect(refused.output).not.toContain(token);
  });
});

it('a deployment that failed and cannot be rolled back says both', async () => {
  // Meanwhile somebody finds out that the snapshot cannot be restored.
  const refute = `UPDATE snapshots SET restorability = 'refuted', restorability_findings =
    '[{"code": "snapshot-damaged", "message": "A pack is gone.", "blocking": true, "refutes": true, "foundBy": "vault-check"}]'
    WHERE environment_id = '${place.environment.id}'`;
  const going = deploySh(newJob(), { command: 'sleep 4; false' });
  const timer = setInterval(() => void query(service.database, refute), 200);
  const { code, output } = await going;
  clearInterval(timer);
  expect(code).toBe(1);
  expect(output).toMatch(/was not rolled back|gate closed/);
  expect(output).toContain('A pack is gone.');
}, 60_000);

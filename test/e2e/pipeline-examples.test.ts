import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { settingsUpdate } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { installCommandLine, packCommandLine } from '../cli/packed.js';
import { ensureTools } from '../harness/ensure-tools.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { sampleOf } from '../harness/thorough.js';
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
  // In place of the registry: what npx finds here it does not fetch.
  await installCommandLine(await packCommandLine(service.directory), checkout);
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
  SNAPBACK_ENVIRONMENT: `${place.project.name}/${place.environment.name}`,
  ENVIRONMENT_ID: place.environment.id,
});

async function shell(script: string, environment: Record<string, string>): Promise<Run> {
  const child = spawn('bash', ['-eo', 'pipefail', '-c', script], {
    cwd: checkout,
    env: { PATH: process.env['PATH'], HOME: service.directory, npm_config_offline: 'true', ...environment },
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
const gitHub =
  (example: string) =>
  async ({ id, attempt }: Job, given: Given): Promise<Run> => {
    const { jobs } = parse(await readFile(join(EXAMPLES, example), 'utf8')) as {
      jobs: { production: { env: Record<string, string>; steps: { run?: string }[] } };
    };
    const settings = settingsOf(given);
    const known: Record<string, string | undefined> = {
      'vars.SNAPBACK_URL': settings['SNAPBACK_URL'],
      'secrets.SNAPBACK_TOKEN': settings['SNAPBACK_TOKEN'],
      'vars.SNAPBACK_ENVIRONMENT': settings['SNAPBACK_ENVIRONMENT'],
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
    const own = { GITHUB_RUN_ID: id, GITHUB_RUN_ATTEMPT: String(attempt), GITHUB_JOB: 'production' };
    const more = { ...own, GITHUB_REF_NAME: VERSION, COMMAND: given.command };
    return shell(script, { ...Object.fromEntries(environment), ...more });
  };

/** As GitLab runs it: another attempt has another id. */
const gitLab =
  (example: string) =>
  async ({ id, attempt }: Job, given: Given): Promise<Run> => {
    const job = (parse(await readFile(join(EXAMPLES, example), 'utf8')) as Record<string, unknown>)[
      'deploy-production'
    ] as { before_script?: string[]; script: string[] };
    const script = [...(job.before_script ?? []), ...job.script].join('\n');
    const own = { CI_JOB_ID: `${id}${attempt}`, CI_COMMIT_TAG: VERSION, COMMAND: given.command };
    return shell(script, { ...settingsOf(given), ...own });
  };

/** The lines of examples/README.md, with the settings in place of its own. */
async function readme({ id, attempt }: Job, given: Given): Promise<Run> {
  const text = await readFile(join(EXAMPLES, 'README.md'), 'utf8');
  const [, block] = /```bash\n([^]*?)```/.exec(text)!;
  const { SNAPBACK_URL, SNAPBACK_TOKEN, SNAPBACK_ENVIRONMENT } = settingsOf(given);
  const exported = `export SNAPBACK_URL='${SNAPBACK_URL}' SNAPBACK_TOKEN='${SNAPBACK_TOKEN}' SNAPBACK_ENVIRONMENT='${SNAPBACK_ENVIRONMENT}'`;
  const script = block!.replace(/^export .*$/m, exported).replace('--version 17.1', `--version ${VERSION}`);
  return shell(script, { BUILDKITE_JOB_ID: `${id}-${attempt}`, COMMAND: given.command });
}

const newJob = (): Job => ({ id: randomUUID(), attempt: 1 });

/** What a job ends with. */
interface Ends {
  /** When it may not deploy, or not again. */
  refused: number;
  failed: number;
  rolledBack: string;
}
const SCRIPT: Ends = { refused: 1, failed: 1, rolledBack: 'rollback: completed' };
const COMMAND_LINE: Ends = { refused: 4, failed: 5, rolledBack: 'is rolled back to the snapshot before it' };

const JOBS = [
  ['the job of GitHub Actions', gitHub('github-actions.yml'), COMMAND_LINE],
  ['the job of GitLab CI', gitLab('gitlab-ci.yml'), COMMAND_LINE],
  ['the lines of the README', readme, COMMAND_LINE],
  ['deploy.sh', deploySh, SCRIPT],
  ['deploy.ts', deployTs, SCRIPT],
  ['the job of GitHub Actions with curl', gitHub('github-actions-curl.yml'), SCRIPT],
  ['the job of GitLab CI with curl', gitLab('gitlab-ci-curl.yml'), SCRIPT],
] as const;

describe.each(sampleOf(JOBS, 4))('%s', { timeout: 60_000 }, (_, deploy, ends) => {
  it('deploys behind the gate; repeated it does not deploy again, and run again it takes another snapshot', async () => {
    const job = newJob();
    const first = await deploy(job, { command: 'echo deployed' });
    expect([first.code, first.output]).toEqual([0, expect.stringMatching(/gate open: [\s\S]*deployed/)]);
    const repeated = await deploy(job, { command: 'echo deployed' });
    expect([repeated.code, repeated.output]).toEqual([ends.refused, expect.stringContaining('has ended (completed)')]);
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
    expect([failed.code, failed.output]).toEqual([ends.failed, expect.stringContaining(ends.rolledBack)]);
  });

  it('says in the sentence of the service why it may not', async () => {
    const token = testToken({ permissions: ['viewer'] });
    const refused = await deploy(newJob(), { command: 'echo deployed', token });
    expect([refused.code, refused.output]).toEqual([
      ends.refused,
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
  const newest = `SELECT gate, status FROM deployments WHERE environment_id = $1 AND kind = 'deploy' ORDER BY created_at DESC LIMIT 1`;
  const [deployment] = await query(service.database, newest, [place.environment.id]);
  const closed = { said: 'gate closed', gate: 'closed', status: 'running' };
  // What was refused is the rollback; the deployment is over.
  const over = { said: 'was not rolled back', gate: 'open', status: 'failed' };
  expect([closed, over]).toContainEqual({ said: /was not rolled back|gate closed/.exec(output)?.[0], ...deployment });
  expect(output).toContain('A pack is gone.');
}, 60_000);

import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdtempSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execute } from '../../scripts/toolchains/execute.js';
import { freePort } from '../harness/free-port.js';
import { madeUpSecret } from '../harness/secret-mark.js';
import { compose, DEPLOY } from './compose.js';
import { caddy, composeSpec, versitygw } from './tools.js';

const ROOT = join(DEPLOY, '..');
const scratch = mkdtempSync(join(tmpdir(), 'snapback-test-compose-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('compose.yaml', () => {
  it('is what the specification of Compose knows, and a word that it does not know would be seen', async () => {
    const schema = JSON.parse(readFileSync(await composeSpec(), 'utf8')) as object;
    const validate = new Ajv2020({ allErrors: true, strict: false, validateFormats: false }).compile(schema);
    validate(compose());
    expect(validate.errors).toBeNull();
    const spoilt = compose();
    Object.assign(spoilt.services['api']!, { readonly: true });
    expect(validate(spoilt)).toBe(false);
  }, 600_000);

  it('has a Caddyfile that Caddy takes, with its own authority and with a given certificate', async () => {
    const program = await caddy();
    const config = join(DEPLOY, 'compose', 'Caddyfile');
    const adapt = async (env: NodeJS.ProcessEnv) => {
      const { stdout } = await execute({ run: [program, 'adapt', '--config', config], env });
      return JSON.stringify(JSON.parse(stdout));
    };
    expect(await adapt({ SNAPBACK_HOST: 'undo.internal', SNAPBACK_TLS: 'internal' })).toMatch(
      /undo\.internal.*"module":"internal"/,
    );
    const given = await adapt({ SNAPBACK_TLS: '/certificates/cert.pem /certificates/key.pem' });
    expect(given).toMatch(/"certificate":"\/certificates\/cert\.pem"/);
    expect(given).toContain('"flush_interval":-1');
  }, 1_800_000);
});

describe('the S3 server of compose.yaml', () => {
  let server: ChildProcess;
  let endpoint: string;
  const [id, secret] = ['snapback', madeUpSecret()];

  beforeAll(async () => {
    const { command = [], environment } = compose().services['s3']!;
    const port = await freePort();
    endpoint = `http://127.0.0.1:${port}`;
    mkdirSync(join(scratch, 'buckets'));
    const args = command.map((word) => (word.startsWith('/data/') ? join(scratch, word.slice('/data/'.length)) : word));
    const env = {
      ...environment,
      VGW_PORT: `127.0.0.1:${port}`,
      ROOT_ACCESS_KEY_ID: id,
      ROOT_SECRET_ACCESS_KEY: secret,
    };
    const run = ['--pdeathsig', 'KILL', await versitygw(), ...args];
    server = spawn('setpriv', run, { env: { PATH: process.env['PATH'], ...env }, stdio: 'ignore' });
  }, 1_800_000);
  afterAll(() => server?.kill('SIGKILL'));

  it('answers where its health check asks', async () => {
    const { test = [] } = compose().services['s3']!.healthcheck as { test?: string[] };
    const { pathname } = new URL(test.at(-1)!);
    let status = 0;
    for (let tries = 0; status !== 200 && tries < 100; tries += 1) {
      await sleep(50);
      status = await fetch(`${endpoint}${pathname}`).then(
        (response) => response.status,
        () => 0,
      );
    }
    expect(status).toBe(200);
  });

  it('gets its bucket, which is there already the second time', async () => {
    // As in the image, where the program lies beside the packages.
    copyFileSync(join(DEPLOY, 'compose', 'create-bucket.mjs'), join(scratch, 'create-bucket.mjs'));
    symlinkSync(join(ROOT, 'node_modules'), join(scratch, 'node_modules'));
    const keys = { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret };
    const env = { VAULT_S3_ENDPOINT: endpoint, VAULT_S3_BUCKET: 'snapback', ...keys };
    const create = () => execute({ run: [process.execPath, join(scratch, 'create-bucket.mjs')], env });
    expect((await create()).stdout).toBe('The bucket snapback is there.\n');
    expect((await create()).stdout).toBe('The bucket snapback is there.\n');
  });
});

import { readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { CommandLine } from './command-line.js';
import { OwnAuthority } from './own-authority.js';

let service: TestService;
let authority: OwnAuthority;
let place: TestEnvironment;
const homes: CommandLine[] = [];

beforeAll(async () => {
  service = await startTestService();
  [authority, place] = await Promise.all([
    OwnAuthority.before(service.url),
    createTestEnvironment(service.client(), service.filestoreRoot),
  ]);
});
afterAll(async () => {
  await authority.close();
  await service.stop();
  await Promise.all([place.database.drop(), ...homes.map((home) => home.remove())]);
});

async function somebody(): Promise<CommandLine> {
  const home = await CommandLine.open();
  homes.push(home);
  return home;
}

describe.concurrent('a service with a certificate of its own authority', { timeout: 60_000 }, () => {
  it('is refused as long as nobody says whose that is, and what to say is said', async ({ expect }) => {
    const snapback = await somebody();
    const ran = await snapback.run(['login', authority.url, '--token-stdin'], { input: testToken() });
    expect(ran).toMatchObject({ code: 5, out: '' });
    expect(ran.err).toMatch(/^The service did not answer: .*certificate.*\.\n.*--ca-file/);
  });

  it('is taken with --ca-file, which the profile keeps, by its streams too', async ({ expect }) => {
    const snapback = await somebody();
    const file = relative(process.cwd(), authority.certificate);
    const login = ['login', authority.url, '--token-stdin', '--ca-file', file];
    expect(await snapback.run(login, { input: testToken() })).toMatchObject({ code: 0 });
    const { profiles } = JSON.parse(await readFile(snapback.profiles, 'utf8'));
    expect(profiles.default.caFile, 'found from any directory').toBe(authority.certificate);
    const ran = await snapback.run(['snapshot', 'create', '--wait', '--env', place.environment.id]);
    expect(ran).toMatchObject({ code: 0, out: expect.stringMatching(/^The snapshot \w{8} .* is completed/) });
  });

  it('is taken with SNAPBACK_CA_FILE, or with NODE_EXTRA_CA_CERTS beside it', async ({ expect }) => {
    const snapback = await somebody();
    const other = join(snapback.home, 'other.pem');
    await writeFile(other, rootCertificates[0]!);
    const env = { SNAPBACK_URL: authority.url, SNAPBACK_TOKEN: testToken() };
    for (const own of [
      { SNAPBACK_CA_FILE: authority.certificate },
      { SNAPBACK_CA_FILE: other, NODE_EXTRA_CA_CERTS: authority.certificate },
    ]) {
      const ran = await snapback.run(['project', 'list', '-q'], { env: { ...env, ...own } });
      expect(ran).toMatchObject({ code: 0, err: '' });
    }
  });

  it.for([
    ['that is not there', undefined, /cannot be read/],
    ['without a certificate', 'certificate = yes\n', /There is no certificate in/],
    [
      'whose certificate is damaged',
      '-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n',
      /cannot be read/,
    ],
  ] as const)('is not looked for with a file %s', async ([, content, sentence], { expect }) => {
    const snapback = await somebody();
    const file = join(snapback.home, 'ca.pem');
    if (content !== undefined) await writeFile(file, content);
    const ran = await snapback.run(['login', authority.url, '--token-stdin', '--ca-file', file], {
      input: testToken(),
    });
    expect(ran).toEqual({ code: 2, out: '', err: expect.stringMatching(sentence) });
    expect(ran.err).toContain(file);
    expect(ran.err.split('\n').length).toBe(2);
  });
});

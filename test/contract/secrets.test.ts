import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, urlOf } from '../harness/database.js';
import type { TestDatabase } from '../harness/database.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { madeUpKey } from '../harness/secret-mark.js';
import { createServiceSetting } from '../harness/service.js';
import type { ServiceSetting } from '../harness/service.js';
import { TEST_SECRET, testToken } from '../harness/tokens.js';
import { everyRow } from './every-row.js';
import { secretTraffic } from './secret-traffic.js';
import type { Evidence } from './secret-traffic.js';

/** Easy to find, and nothing that must be encoded in a URL or in JSON, so that one search finds all of it. */
const PASSWORD = 'correct-horse-battery-staple';
const WRONG = 'wrong-horse-battery-staple';
const IN_URL = 'referred-horse-battery-staple';

let setting: ServiceSetting;
let service: ServiceProcess;
let shop: TestDatabase;
let referred: TestDatabase;
let evidence: Evidence;
/** Each row of each table of the service. */
let rows: string[];
const token = testToken();

beforeAll(async () => {
  shop = await createTestDatabase({ password: PASSWORD });
  referred = await createTestDatabase({ password: IN_URL });
  setting = await createServiceSetting({ LOG_LEVEL: 'trace' });
  const secretsRoot = join(setting.directory, 'secrets');
  await mkdir(secretsRoot);
  await writeFile(join(secretsRoot, 'url'), urlOf(referred.address));
  service = await startServiceProcess({
    ...setting.env,
    SECRETS_ROOT: secretsRoot,
    ENVIRONMENT_WORKS: urlOf(referred.address),
    ENVIRONMENT_BROKEN: `postgres://x:${IN_URL}@h:bad/x`,
  });
  evidence = await secretTraffic({
    service,
    token,
    shop: shop.address,
    wrongPassword: WRONG,
    references: {
      works: { kind: 'variable', env: 'ENVIRONMENT_WORKS' },
      broken: { kind: 'variable', env: 'ENVIRONMENT_BROKEN' },
      file: { kind: 'file', file: 'url' },
    },
  });
  rows = await everyRow(setting.database);
}, 60_000);
afterAll(async () => {
  await service.terminate();
  await setting.remove();
  await shop.drop();
  await referred.drop();
});

const secrets: [string, string][] = [
  ['a password', PASSWORD],
  ['a password that was refused', WRONG],
  ['a password in a URL that is referred to', IN_URL],
  ['the secret that signs tokens', TEST_SECRET],
  ['the key of the credentials', madeUpKey('credentials')],
  ['a bearer token', token.split('.')[2]!],
];

describe.each(secrets)('%s stands', (_, secret) => {
  const holding = (texts: string[]): string[] => texts.filter((text) => text.includes(secret));

  it('in no answer and no stream', () => {
    expect(evidence.answered.length).toBeGreaterThan(25);
    expect(holding(evidence.answered)).toEqual([]);
  });

  it('in no line of the log, at the level that says the most', () => {
    const lines = service.log().split('\n');
    expect(lines.length).toBeGreaterThan(25);
    expect(holding(lines)).toEqual([]);
  });

  it('in no row of the database of the service', () => {
    expect(rows.length).toBeGreaterThan(25);
    expect(holding(rows)).toEqual([]);
  });

  it('in no file of the service', async () => {
    const found = await readdir(setting.env.DATA_DIR!, { recursive: true, withFileTypes: true });
    const files = found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    expect(files.length).toBeGreaterThan(3);
    expect(holding(await Promise.all(files.map((file) => readFile(file, 'latin1'))))).toEqual([]);
  });

  it('in no argument of a program', () => {
    expect(evidence.commandLines.join()).toContain('pg_dump');
    expect(holding(evidence.commandLines)).toEqual([]);
  });
});

describe('the log', () => {
  it('says what went wrong all the same', () => {
    expect(service.log()).toMatch(/password authentication failed/);
    expect(service.log()).toContain('/api/v1/projects');
  });
});

import { chmod, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../sdk/typescript/connect.js';
import { projectUpdate, settingsUpdate, snapshotCreate } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { PROGRAM } from '../cli/command-line.js';
import { checkedFetch } from '../harness/contract-check.js';
import { ensureTools } from '../harness/ensure-tools.js';
import { freePort } from '../harness/free-port.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { createServiceSetting } from '../harness/service.js';
import type { ServiceSetting } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { endOfSnapshot, takeSnapshot } from './outcomes.js';
import { ROOT, filledIn, sectionsOf, typed } from './page-commands.js';

const PAGE = await readFile(join(ROOT, 'docs', 'operating.md'), 'utf8');

let setting: ServiceSetting;
let service: ServiceProcess;
let production: TestEnvironment;
let intranet: TestEnvironment;
let home: string;
/** What the commands below each question printed. */
let answers: Map<string, string>;

beforeAll(async () => {
  ensureTools('curl', 'jq');
  home = await mkdtemp(join(tmpdir(), 'snapback-test-operating-'));
  await chmod(home, 0o755);
  setting = await createServiceSetting({ METRICS_PORT: String(await freePort()) });
  service = await startServiceProcess(setting.env);
  await livedIn();
  answers = await answered();
}, 240_000);
afterAll(async () => {
  await service.terminate();
  await Promise.all([production, intranet].map((place) => place.database.drop()));
  await setting.remove();
  await rm(home, { recursive: true, force: true });
});

/** A project whose production is well, and whose intranet has a schedule and has lost its files. */
async function livedIn(): Promise<void> {
  const client = connect({ baseUrl: service.url, token: testToken({ subject: 'ann' }), fetch: checkedFetch });
  production = await createTestEnvironment(client, setting.filestoreRoot, { name: 'production' });
  const { project } = production;
  intranet = await createTestEnvironment(client, setting.filestoreRoot, { name: 'intranet', type: 'staging', project });
  await result(projectUpdate({ client, path: { projectId: project.id }, body: { name: 'shop' } }));
  await takeSnapshot(client, production.environment.id, { label: 'the first one' });
  const path = { environmentId: intranet.environment.id };
  const schedule = [{ cron: '0 3 * * *', timeZone: 'Europe/Berlin' }];
  await result(settingsUpdate({ client, path, body: { schedule } }));
  await rename(intranet.filestorePath, `${intranet.filestorePath}.gone`);
  const { id: snapshotId } = await result(snapshotCreate({ client, path }));
  await endOfSnapshot(client, { ...path, snapshotId });
}

/** Types what the page says, block by block, each in a shell that knows what the first one sets. Throws for the first command that fails. */
async function answered(): Promise<Map<string, string>> {
  const log = join(home, 'snapback.log');
  await symlink(PROGRAM, join(home, 'snapback'));
  const [first, ...questions] = sectionsOf(PAGE);
  const setup = filledIn(first!.blocks.join(''), [
    ['SNAPBACK_URL=https://snapback.internal', `SNAPBACK_URL=${service.url}`],
    ['SNAPBACK_TOKEN=…', `SNAPBACK_TOKEN=${testToken({ subject: 'bob', permissions: ['operator'] })}`],
    ['METRICS=http://worker-1.internal:9464', `METRICS=http://127.0.0.1:${setting.env['METRICS_PORT']}`],
    ['LOG=/var/log/snapback.log', `LOG=${log}`],
  ]);
  const { HOME: _, ...variables } = setting.env;
  const path = `${home}:${process.env['PATH']}`;
  const env = { ...variables, PATH: path, HOME: home, PG_BIN: process.env['PG_BIN'] };
  const told = new Map<string, string>();
  for (const { title, blocks } of questions) {
    const said: string[] = [];
    for (const block of blocks) {
      await writeFile(log, service.log());
      said.push(await typed(`${setup}\n${block}`, { env, told: block }));
    }
    told.set(title, said.join('\n'));
  }
  return told;
}

describe('docs/operating.md, asked of an installation nobody has seen before', () => {
  const answer = (title: string) => answers.get(title) ?? '';

  it('has commands below every question that has an answer of its own', () => {
    const silent = [...answers].filter(([, said]) => said.trim() === '').map(([title]) => title);
    expect([answers.size, silent]).toEqual([9, ['An alert fired']]);
  });

  it('says which environments are protected, and of the other one since when not and why', () => {
    const said = answer('Is every environment protected?');
    expect(said).toMatch(/^shop\/intranet +unprotected .*filestore/m);
    expect(said).toMatch(/^shop\/production +unscheduled/m);
    expect(said).toMatch(/^failure +The filestore path .* \(filestore-missing\)$/m);
    expect(said).toMatch(/^\{.*"outcome":"failed".*"failure":"filestore-missing: /m);
  });

  it('says what goes next, and what is kept whatever the rules say', () => {
    const said = answer('What will be deleted next?');
    expect(said).toMatch(/ keep +the newest completed snapshot/);
    expect(said).toMatch(/^On \d{4}-\d\d-\d\d there will be /m);
    expect(said).toMatch(/^pinned +yes, by bob, until .*: the books of this year$/m);
  });

  it('says who did what, and proves that the record is whole', () => {
    const said = answer('Who did what yesterday?');
    expect(said).toMatch(/ann +snapshotCreate +done +shop\/production .*label the first one/);
    expect(said).toMatch(/bob +snapshotPin +done +shop\/production/);
    expect(said).toMatch(/^\{.*"operation":"snapshotCreate"/m);
    expect(said).toMatch(/^"acme": \d+ entries, .* head \d+:[0-9a-f]{64}$/m);
  });

  it('says whether Snapback itself is well, and how full it is', () => {
    expect(answer('Is Snapback itself well?')).toContain('snapback_state_database_up 1');
    expect(answer('How full is it, and who uses how much?')).toMatch(/^snapback_vault_free_bytes \d/m);
    expect(answer('What runs, and what hangs?')).toMatch(/^\{.*"A job has ended\."/m);
    expect(answer('Could we go back right now, and how long would it take?')).toMatch(/^takes +about/m);
  });
});

it('names panels as the dashboard has them', async () => {
  const { panels } = JSON.parse(await readFile(join(ROOT, 'deploy', 'grafana', 'snapback.json'), 'utf8')) as {
    panels: { title: string }[];
  };
  const titles = new Set(panels.map(({ title }) => title));
  const named = [...PAGE.matchAll(/(?<!\*)\*([A-Z][^*]+\?)\*(?!\*)/g)].map(([, title]) => title!.replaceAll('\n', ' '));
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((title) => !titles.has(title))).toEqual([]);
});

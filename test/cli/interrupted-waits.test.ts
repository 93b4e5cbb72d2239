import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { snapshotList } from '../../sdk/typescript/generated/sdk.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { holdTable } from '../e2e/held-table.js';
import { endOfSnapshot } from '../e2e/outcomes.js';
import { waitUntil } from '../e2e/wait-until.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { ConformanceProxy } from '../sdk/conformance-proxy.js';
import { KEYS, ended } from './command-line.js';
import type { CommandLine, TerminalSession } from './command-line.js';
import { somebody } from './somebody.js';

const WAIT = ['snapshot', 'create', '--wait'];

let service: TestService;
let client: Client;
let places: TestEnvironment[];
let snapback: CommandLine;

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
  places = [];
  // Each its own: one environment has one capture at a time.
  for (let made = 0; made < 4; made += 1) places.push(await createTestEnvironment(client, service.filestoreRoot));
  snapback = await somebody(service.url);
});
afterAll(async () => {
  await service.stop();
  await Promise.all([...places.map(({ database }) => database.drop()), snapback.remove()]);
});

const variables = ({ project, environment }: TestEnvironment) => ({
  SNAPBACK_PROJECT: project.id,
  SNAPBACK_ENVIRONMENT: environment.id,
});

/** Somebody at a terminal who has pressed Ctrl-C while a snapshot waits for a table, and is asked what shall become of it. */
async function interrupted(place: TestEnvironment, env: NodeJS.ProcessEnv = {}) {
  const table = await holdTable(place.database.address);
  const session = snapback.terminal(WAIT, { env: { ...variables(place), ...env } });
  await table.dumpIsWaiting();
  await session.until(/ %/);
  session.type(KEYS.ctrlC);
  await session.until(/Interrupted\. What becomes of the snapshot \w{8} of .*\?[^]*Go on watching/);
  return { session, release: () => table.release() };
}

/** How it ended, and whether the cursor is there again. */
async function endOf(session: TerminalSession) {
  const code = await session.ended;
  return {
    code,
    cursor: session.raw.lastIndexOf('\x1b[?25h') > session.raw.lastIndexOf('\x1b[?25l'),
    text: session.text,
  };
}

/** The snapshot of which the program says how to look at it, once it has ended. */
function endOfIts({ environment }: TestEnvironment, text: string) {
  const [, snapshotId = ''] = /Look at it again: snapback snapshot show ([0-9a-f-]{36})/.exec(text) ?? [];
  return endOfSnapshot(client, { environmentId: environment.id, snapshotId });
}

describe.concurrent('Ctrl-C while a snapshot is waited for', { timeout: 60_000 }, () => {
  it('asks, and who leaves it has it completed all the same', async ({ expect }) => {
    const { session, release } = await interrupted(places[0]!);
    session.type(KEYS.enter);
    const { text, ...end } = await endOf(session);
    await release();
    expect(end).toEqual({ code: 130, cursor: true });
    expect(text).toMatch(/Interrupted; the snapshot \w{8} of .* goes on\./);
    expect(await endOfIts(places[0]!, text)).toMatchObject({ status: 'completed' });
  });

  it('asks, and who cancels it has it cancelled', async ({ expect }) => {
    const { session, release } = await interrupted(places[1]!);
    session.type(`${KEYS.down}${KEYS.enter}`);
    const { text, ...end } = await endOf(session);
    expect(end).toEqual({ code: 130, cursor: true });
    expect(text).toMatch(/Interrupted; the snapshot \w{8} of .* is being cancelled\./);
    expect(await endOfIts(places[1]!, text)).toMatchObject({ status: 'cancelled' });
    await release();
  });

  it('asks, and who goes on watching sees its end; and is asked again the next time', async ({ expect }) => {
    const { session, release } = await interrupted(places[2]!);
    session.type(`${KEYS.up}${KEYS.enter}`);
    const asked = () => session.text.split('Leave it running').length;
    await session.until(/Go on watching\s*\n[^]*%/);
    const before = asked();
    session.type(KEYS.ctrlC);
    for (; asked() === before; await new Promise((resolve) => setTimeout(resolve, 20)));
    session.type(`${KEYS.up}${KEYS.enter}`);
    await release();
    const { text, ...end } = await endOf(session);
    expect(end).toEqual({ code: 0, cursor: true });
    expect(text).toMatch(/is completed: [^\n]+\n$/);
  });

  it('twice leaves it at once', async ({ expect }) => {
    const { session, release } = await interrupted(places[3]!);
    const begun = Date.now();
    session.type(KEYS.ctrlC);
    const { text, ...end } = await endOf(session);
    expect(end).toEqual({ code: 130, cursor: true });
    expect(Date.now() - begun).toBeLessThan(2_000);
    await release();
    expect(await endOfIts(places[3]!, text)).toMatchObject({ status: 'completed' });
  });
});

describe('somebody who cancels', () => {
  it('what cannot be cancelled hears why, and goes on watching', async () => {
    const proxy = await ConformanceProxy.start(Number(new URL(service.url).port), () => Promise.resolve());
    const refusal = { status: 409, code: 'snapshot-ended', detail: 'It is too late for that.', title: '', type: '' };
    const fault = { method: 'POST', path: 'cancel$', answer: { status: 409, body: refusal } };
    await fetch(`${proxy.controlUrl}/faults`, { method: 'POST', body: JSON.stringify(fault) });
    const { session, release } = await interrupted(places[2]!, { SNAPBACK_URL: proxy.url });
    session.type(`${KEYS.down}${KEYS.enter}`);
    await session.until(/The snapshot \w{8} of [^\n]* is not cancelled: It is too late for that\.\n[^]* %/);
    await release();
    const { text, ...end } = await endOf(session);
    await proxy.close();
    expect(end).toEqual({ code: 0, cursor: true });
    expect(text).toMatch(/is completed: [^\n]+\n$/);
  });
});

describe('a question about a snapshot', () => {
  it('is taken away when the snapshot ends before there is an answer', async () => {
    const { session, release } = await interrupted(places[0]!);
    await release();
    const { text, ...end } = await endOf(session);
    expect(end).toEqual({ code: 0, cursor: true });
    expect(text).toMatch(/\nThe snapshot \w{8} of [^\n]* is completed: [^\n]+\n$/);
  });
});

describe('a signal where nobody can be asked', () => {
  it('leaves the snapshot, and one sentence says so', async () => {
    const place = places[1]!;
    const table = await holdTable(place.database.address);
    const ends = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) => {
      const child = snapback.start(WAIT, variables(place));
      // It waits once it has something to show.
      child.stderr!.once('data', () => child.kill(signal));
      return ended(child);
    });
    const watching = snapback.start(['watch']);
    watching.stdout!.once('data', () => watching.kill('SIGINT'));
    const [watched, ...runs] = await Promise.all([ended(watching), ...ends]);
    await table.release();
    const lines = expect.stringMatching(/^\w+ \w{8} [^\n]*\n/);
    expect(watched).toEqual({ code: 130, out: lines, err: 'Watching has ended; what runs goes on.\n' });
    const sentence =
      /^([^\n]+ %[^\n]+\n)+Interrupted; the snapshot \w{8} of [^\n]* goes on\. Look at it again: [^\n]*\n$/;
    const one = { code: 130, out: '', err: expect.stringMatching(sentence) };
    expect(runs).toEqual([one, one, one]);
    const snapshots = await Promise.all(runs.map(({ err }) => endOfIts(place, err)));
    expect(snapshots.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
  });
});

describe('a terminal that is closed', () => {
  it('leaves the snapshot, and is no fault of the program', async () => {
    const place = places[3]!;
    const table = await holdTable(place.database.address);
    // Whoever has started the program is gone with the terminal: it says by itself how it has ended.
    const [teller, told] = [join(snapback.home, 'teller.mjs'), join(snapback.home, 'told')];
    const atExit = `process.on('exit', (code) => writeFileSync('${told}', String(code)));`;
    await writeFile(teller, `import { writeFileSync } from 'node:fs';\n${atExit}\n`);
    const session = snapback.terminal(WAIT, { env: { ...variables(place), NODE_OPTIONS: `--import=${teller}` } });
    await table.dumpIsWaiting();
    await session.until(/ %/);
    session.close();
    expect(await waitUntil('it has ended', () => readFile(told, 'utf8').catch(() => undefined))).toBe('130');
    await table.release();
    const { items } = await result(snapshotList({ client, path: { environmentId: place.environment.id } }));
    const path = { environmentId: place.environment.id, snapshotId: items[0]!.id };
    expect(await endOfSnapshot(client, path)).toMatchObject({ status: 'completed' });
  });
});

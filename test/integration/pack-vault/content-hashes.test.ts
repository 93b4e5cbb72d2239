import { hash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Backend } from '../../../src/vault/backend/backend.js';
import { sourceOf } from '../../../src/vault/backend/object-source.js';
import { CheckedContents } from '../../../src/vault/check/checked-contents.js';
import { checkProject, runCheck } from '../../../src/vault/check/check-project.js';
import type { Finding, ProjectSummary } from '../../../src/vault/check/finding.js';
import { runVaultCommand } from '../../../src/vault/cli/run-vault-command.js';
import type { ManifestEntry } from '../../../src/vault/manifests/manifest.js';
import type { ContentRef } from '../../../src/vault/manifests/content-ref.js';
import type { CaptureWriter } from '../../../src/vault/vault.js';
import { flipped } from './damage-fixture.js';
import { inParts, makeVault, newId, type VaultFixture } from './fixture.js';

const signal = new AbortController().signal;
const attributes = { mode: 0o644, uid: 0, gid: 0, mtimeNs: '1' };
const MIB = 1024 * 1024;

let fixture: VaultFixture;
let project: string;

beforeAll(async () => {
  fixture = await makeVault();
});
beforeEach(() => {
  project = newId();
});
afterAll(() => fixture.remove());

async function capture(fill: (writer: CaptureWriter) => Promise<ManifestEntry[]>): Promise<string> {
  const snapshotId = newId();
  const header = { snapshotId, createdAt: new Date().toISOString(), tools: {} };
  const writer = await fixture.vault.beginCapture(project, header);
  await writer.add(...(await fill(writer)));
  await writer.publish();
  return snapshotId;
}

/** Its chunks are there and whole; they are not what the hash says. */
const misnamed = (content: ContentRef): ContentRef => ({ ...content, sha256: hash('sha256', 'something else') });
const file = (path: string, content: ContentRef): ManifestEntry => ({ kind: 'file', path, ...attributes, content });
const large = () => inParts(randomBytes(9 * MIB));

type Checked = { findings: Finding[]; summary: ProjectSummary };

async function told(check: AsyncGenerator<Finding, ProjectSummary | { summary: ProjectSummary }>): Promise<Checked> {
  const findings: Finding[] = [];
  for (;;) {
    const { value, done } = await check.next();
    if (done === true) return { findings, summary: 'summary' in value ? value.summary : value };
    findings.push(value);
  }
}

const check = (readPercent: number): Promise<Checked> => told(checkProject(fixture, project, { signal, readPercent }));

function statesOf({ summary }: Checked): Record<string, string> {
  return Object.fromEntries(summary.snapshots.map(({ snapshotId, state }) => [snapshotId, state]));
}

/** Counts what is read of packs in pieces, which is how contents are read. */
function counting(backend: Backend): { backend: Backend; bytes: () => number } {
  let bytes = 0;
  const read: Backend['read'] = async (key, range) => {
    const got = await backend.read(key, range);
    if (key.includes('/packs/')) bytes += got.length;
    return got;
  };
  const counted = new Proxy(backend, {
    get: (target, name) => {
      if (name === 'read') return read;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return { backend: counted, bytes: () => bytes };
}

describe('a check that reads', { timeout: 60_000 }, () => {
  it('calls a snapshot damaged whose content has another hash though all chunks are whole, and says what it is', async () => {
    const whole = await capture(async (writer) => [file('utf8:fine', await writer.store(large()))]);
    const wrong = await capture(async (writer) => {
      const content = async (): Promise<ContentRef> => misnamed(await writer.store(large()));
      const properties = {
        encoding: 'UTF8',
        localeProvider: 'libc',
        collate: 'C',
        ctype: 'C',
        owner: 'me',
        settings: [],
      };
      return [
        { kind: 'database', serverVersion: '15', databaseBytes: 1, properties, content: await content() },
        { kind: 'table', table: 7, schema: 'public', name: 'wide', columns: ['x'] },
        { kind: 'segment', table: 7, fromBlock: 0, toBlock: 126, rows: 751, content: await content() },
        { kind: 'segment', table: 7, fromBlock: 126, rows: 1, content: await content() },
        file('utf8:a/b.txt', await content()),
        file('utf8:right.txt', await writer.store(large())),
      ];
    });
    const unread = await check(0);
    expect(statesOf(unread)).toEqual({ [whole]: 'whole', [wrong]: 'whole' });
    expect(unread.summary.contentsUnread).toBe(6);

    const checked = await check(100);

    expect(statesOf(checked)).toEqual({ [whole]: 'whole', [wrong]: 'damaged' });
    expect(checked.summary.contentsUnread).toBe(0);
    expect(checked.findings).toEqual([
      expect.objectContaining({ severity: 'damage', code: 'content-wrong', snapshotIds: [wrong] }),
    ]);
    const { message } = checked.findings[0]!;
    for (const name of [
      "the database's definitions and large objects",
      'the rows of table "public"."wide" in blocks 0 to 125',
      'the rows of table "public"."wide" from block 126 on',
      'the file "a/b.txt"',
    ]) {
      expect(message).toContain(name);
    }
    expect(message).not.toContain('right.txt');
    expect(checked.summary.snapshots.find(({ snapshotId }) => snapshotId === wrong)?.reasons).toEqual([message]);
  });

  it.each([
    ['an empty one', () => Buffer.alloc(0)],
    ['one of a single chunk', () => randomBytes(1000)],
  ])('need not read to see that the hash of %s is wrong', async (_, bytes) => {
    const wrong = await capture(async (writer) => [file('utf8:x', misnamed(await writer.store(inParts(bytes()))))]);
    expect(statesOf(await check(0))).toEqual({ [wrong]: 'damaged' });
  });

  it('counts the contents that are wrong, and names the first few', async () => {
    await capture(async (writer) => {
      const content = misnamed(await writer.store(large()));
      return Array.from({ length: 12 }, (_, index) => file(`utf8:${index}`, content));
    });
    const { findings } = await check(100);
    expect(findings.map(({ code }) => code)).toEqual(['content-wrong']);
    expect(findings[0]!.message).toMatch(/the file "0", .*, 7 more\./);
  });

  it('reads a content that many snapshots share once, right or wrong', async () => {
    const one = await capture(async (writer) => {
      const content = await writer.store(large());
      return [file('utf8:right', content), file('utf8:wrong', misnamed(content))];
    });
    const readOf = async (): Promise<number> => {
      const { backend, bytes } = counting(fixture.backend);
      const checked = await told(checkProject({ ...fixture, backend }, project, { signal, readPercent: 100 }));
      expect(checked.findings.every(({ code }) => code === 'content-wrong')).toBe(true);
      return bytes();
    };
    const before = await readOf();
    expect(before).toBeGreaterThan(2 * 9 * MIB);
    const entries: ManifestEntry[] = [];
    for await (const entry of fixture.vault.readEntries(project, one)) entries.push(entry);
    for (let copies = 0; copies < 4; copies += 1) await capture(async () => entries);

    expect((await readOf()) - before).toBeLessThan(MIB);
    expect(Object.values(statesOf(await check(100)))).toEqual(Array<string>(5).fill('damaged'));
  });

  it('names what cannot be read in a pack that it was not asked to read', async () => {
    const hurt = await capture(async (writer) => [file('utf8:lost', await writer.store(large()))]);
    for await (const { key } of fixture.backend.list(`projects/${project}/packs/`)) {
      const bytes = await fixture.backend.read(key);
      await fixture.backend.delete([key]);
      await fixture.backend.put(key, sourceOf(flipped(bytes, 5000)));
    }
    const contents = new CheckedContents(() => true);
    const checked = await told(runCheck(fixture, project, { signal, reads: () => false, contents }));
    expect(checked.findings).toEqual([expect.objectContaining({ code: 'content-unreadable', snapshotIds: [hurt] })]);
    expect(checked.findings[0]!.message).toContain('the file "lost"');
    // With its packs read it is they that are told of, and nothing else.
    expect(new Set((await check(100)).findings.map(({ code }) => code))).toEqual(new Set(['pack-altered']));
  });

  it('ends with status 1, and a repair does not claim to have mended it', async () => {
    await capture(async (writer) => [file('utf8:wrong', misnamed(await writer.store(large())))]);
    const run = async (...argv: string[]): Promise<{ status: number; text: string }> => {
      const lines: string[] = [];
      const access = async () => ({ ...fixture, connections: fixture.pool, close: async () => undefined });
      const open = { access, store: access };
      const status = await runVaultCommand([...argv, '--project', project], open, (line) => lines.push(line));
      return { status, text: lines.join('\n') };
    };
    expect(await run('check')).toMatchObject({ status: 0 });
    for (const argv of [['check', '--read'], ['repair']]) {
      const { status, text } = await run(...argv);
      expect(status).toBe(1);
      expect(text).toMatch(/damage +content-wrong .*the file "wrong"/);
    }
  });
});

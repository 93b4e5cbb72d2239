import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFile, readFile, truncate, unlink, writeFile } from 'node:fs/promises';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContentRef } from '../../../src/vault/manifest.js';
import {
  bytesOf,
  entriesOf,
  never,
  noise,
  outcomeOf,
  PROJECT,
  readSnapshot,
  takeSnapshot,
  VaultFixture,
} from './vault-fixture.js';

let fixture: VaultFixture;

beforeEach(async () => {
  fixture = await VaultFixture.create();
});

afterEach(async () => {
  await fixture.remove();
});

describe.each([
  { form: 'stored compressed', content: Buffer.alloc(3000, 'again and again ') },
  { form: 'stored raw', content: noise(60) },
])('a chunk $form', ({ content }) => {
  let ref: ContentRef;
  let file: string;

  beforeEach(async () => {
    const { entries } = await takeSnapshot(fixture.vault, 'snapshot', { content, other: Buffer.from('other') });
    const [first] = entries;
    if (first === undefined) throw new Error('nothing was stored');
    ref = first.content;
    file = fixture.chunk(ref.sha256);
  });

  const read = () => bytesOf(fixture.vault.readContent(PROJECT, ref));

  it('that is whole is read', async () => {
    expect((await read()).equals(content)).toBe(true);
  });

  it('that is missing is found missing', async () => {
    await unlink(file);
    await expect(read()).rejects.toMatchObject({ code: 'chunk-missing' });
  });

  it('that is cut off, be it to nothing, is found damaged', async () => {
    const whole = await readFile(file);
    const outcomes = new Set<string>();
    for (let length = 0; length < whole.length; length++) {
      await writeFile(file, whole.subarray(0, length));
      outcomes.add(await outcomeOf(read()));
    }
    expect([...outcomes]).toEqual(['chunk-damaged']);
  });

  it('with any one bit flipped is never read as something else', async () => {
    const whole = await readFile(file);
    const outcomes: string[] = [];
    for (let bit = 0; bit < whole.length * 8; bit++) {
      await writeFile(file, flipped(whole, bit));
      outcomes.push(await outcomeOf(read().then((bytes) => assert(bytes.equals(content)))));
    }
    expect(noticed(outcomes)).toEqual(['chunk-damaged']);
  });

  it('with something appended is not read as something else', async () => {
    await writeFile(file, Buffer.concat([await readFile(file), noise(5000)]));
    await expect(read()).rejects.toMatchObject({ code: 'chunk-damaged' });
  });

  it('swapped with another is found damaged', async () => {
    const other = createHash('sha256').update('other').digest('hex');
    await copyFile(fixture.chunk(other), file);
    await expect(read()).rejects.toMatchObject({ code: 'chunk-damaged' });
  });

  it('that is not what its name says is not handed out, not even in part', async () => {
    await writeFile(file, Buffer.concat([Buffer.of(0), noise(ref.bytes)]));
    const received: Buffer[] = [];
    const reading = (async () => {
      for await (const buffer of fixture.vault.readContent(PROJECT, ref)) received.push(buffer);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'chunk-damaged' });
    expect(received).toEqual([]);
  });

  it('in the wrong place is found damaged', async () => {
    const other = createHash('sha256').update('other').digest('hex');
    const wrong = { ...ref, chunks: [{ id: other, bytes: 5 }] };
    await expect(bytesOf(fixture.vault.readContent(PROJECT, wrong))).rejects.toMatchObject({ code: 'chunk-damaged' });
  });

  it('that a power cut left empty is written again by the next snapshot', async () => {
    await truncate(file, 0);
    await takeSnapshot(fixture.vault, 'next', { content });
    expect((await read()).equals(content)).toBe(true);
  });
});

const DAMAGED = { read: 'manifest-damaged', collected: 'manifest-damaged', removed: [] };

describe('a manifest', () => {
  let file: string;
  let plain: string;
  const files = { a: noise(50), b: noise(60) };

  beforeEach(async () => {
    await takeSnapshot(fixture.vault, 'snapshot', files);
    file = fixture.manifest('snapshot');
    plain = zstdDecompressSync(await readFile(file)).toString();
  });

  /** What reading says of the manifest, what a collection says, and what that has taken away. */
  async function verdict() {
    const before = await fixture.files('objects');
    const collected = await outcomeOf(fixture.vault.collect(PROJECT, { signal: never }));
    const after = new Set(await fixture.files('objects'));
    const read = await outcomeOf(entriesOf(fixture.vault, 'snapshot'));
    return { read, collected, removed: before.filter((file) => !after.has(file)) };
  }

  /** Puts other lines into the manifest, with a footer that fits them unless told otherwise. */
  async function rewrite(lines: string[], footer: object = {}): Promise<void> {
    const body = lines.map((line) => `${line}\n`).join('');
    const sha256 = createHash('sha256').update(body).digest('hex');
    const last = JSON.stringify({ kind: 'footer', entries: lines.length - 1, sha256, ...footer });
    await writeFile(file, zstdCompressSync(`${body}${last}\n`));
  }

  const lines = (): string[] => plain.trimEnd().split('\n').slice(0, -1);

  it('that is missing is found missing', async () => {
    await unlink(file);
    await expect(entriesOf(fixture.vault, 'snapshot')).rejects.toMatchObject({ code: 'manifest-missing' });
  });

  it('that is cut off, be it to nothing, is found damaged', async () => {
    const whole = await readFile(file);
    for (let length = 0; length < whole.length; length += 7) {
      await writeFile(file, whole.subarray(0, length));
      expect(await verdict()).toEqual(DAMAGED);
    }
  });

  it('with any one bit flipped is never read as something else', async () => {
    const whole = await readFile(file);
    const before = await entriesOf(fixture.vault, 'snapshot');
    const outcomes: string[] = [];
    for (let bit = 0; bit < whole.length * 8; bit += 3) {
      await writeFile(file, flipped(whole, bit));
      const read = entriesOf(fixture.vault, 'snapshot');
      outcomes.push(await outcomeOf(read.then((entries) => assert.deepEqual(entries, before))));
    }
    expect(noticed(outcomes)).toEqual(['manifest-damaged']);
  });

  it('without its footer is found damaged', async () => {
    await writeFile(file, zstdCompressSync(`${lines().join('\n')}\n`));
    expect(await verdict()).toEqual(DAMAGED);
  });

  it('with a footer of other lines is found damaged', async () => {
    await rewrite(lines(), { sha256: '0'.repeat(64) });
    expect(await verdict()).toEqual(DAMAGED);
    await rewrite(lines(), { entries: 1 });
    expect(await verdict()).toEqual(DAMAGED);
  });

  it('without its last newline is found damaged', async () => {
    await writeFile(file, zstdCompressSync(plain.trimEnd()));
    expect(await verdict()).toEqual(DAMAGED);
  });

  it('with an entry altered, left out, added or moved is found damaged', async () => {
    const [header, first, second] = lines();
    const footer = plain.trimEnd().split('\n').at(-1);
    const altered = first?.replace('"mode":420', '"mode":511');
    expect(altered).not.toBe(first);
    for (const list of [
      [header, altered, second, footer],
      [header, first, footer],
      [header, first, second, second, footer],
      [header, second, first, footer],
      [header, first, second, footer, second],
      [first, second, footer],
      [header, first, second, footer, footer],
    ]) {
      await writeFile(file, zstdCompressSync(`${list.join('\n')}\n`));
      expect(await verdict()).toEqual(DAMAGED);
    }
  });

  it('with a line that is no entry is found damaged, even when the footer fits', async () => {
    const [header = '', first = ''] = lines();
    const entry: unknown = JSON.parse(first);
    const wrong = [
      'no json',
      'null',
      '[]',
      '{"kind":"device"}',
      first.replace('"mode":420', '"mode":"420"'),
      first.replace('"path":"utf8:', '"path":"'),
      first.replace(/"bytes":\d\d/, '"bytes":99'),
      first.replace(/"id":"[0-9a-f]{64}"/, '"id":"../../../etc/passwd"'),
      header,
    ];
    expect(wrong).not.toContain(first);
    await rewrite([header, JSON.stringify(entry)]);
    expect(await entriesOf(fixture.vault, 'snapshot')).toHaveLength(1);
    for (const line of wrong) {
      await rewrite([header, line]);
      expect(await verdict()).toEqual(DAMAGED);
    }
  });

  it('of a later format, or of no format, is not guessed at', async () => {
    const [header = '', ...rest] = lines();
    for (const format of ['"format":2', '"format":"1"', '"other":1']) {
      await rewrite([header.replace('"format":1', format), ...rest]);
      expect(await verdict()).toEqual(DAMAGED);
      await expect(fixture.vault.readHeader(PROJECT, 'snapshot')).rejects.toMatchObject({ code: 'manifest-damaged' });
    }
  });

  it('swapped with that of another snapshot is found damaged', async () => {
    await takeSnapshot(fixture.vault, 'other', files);
    await copyFile(fixture.manifest('other'), file);
    expect(await verdict()).toEqual(DAMAGED);
    await expect(fixture.vault.readHeader(PROJECT, 'snapshot')).rejects.toMatchObject({ code: 'manifest-damaged' });
  });

  it('of one snapshot leaves the others readable', async () => {
    await takeSnapshot(fixture.vault, 'other', files);
    await truncate(file, 10);
    expect(await verdict()).toEqual(DAMAGED);
    expect(await readSnapshot(fixture.vault, 'other')).toEqual(files);
  });
});

/** The different outcomes. Compressed frames have a few bits that change nothing: these few may be fine. */
function noticed(outcomes: string[]): string[] {
  const fine = outcomes.filter((outcome) => outcome === 'fine').length;
  const all = new Set(outcomes);
  if (fine < outcomes.length * 0.05) all.delete('fine');
  return [...all];
}

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  return copy;
}

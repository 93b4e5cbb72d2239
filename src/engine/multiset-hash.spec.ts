import { array, assert, nat, property, uint8Array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newMultisetKey, MultisetHash } from './multiset-hash.js';

const key = newMultisetKey();

function hashOf(...parts: (string | Buffer)[]): string {
  const hash = new MultisetHash(key);
  for (const part of parts) hash.update(Buffer.from(part));
  return hash.digest();
}

function twoOf(...items: [string, string]): MultisetHash {
  const hash = new MultisetHash(key);
  for (const item of items) hash.addItem(Buffer.from(item));
  return hash;
}

describe('the hash of a set of rows', () => {
  it('is the same whatever the order of the rows', () => {
    expect(hashOf('one\n', 'two\n', 'three\n')).toBe(hashOf('three\n', 'one\n', 'two\n'));
  });

  it('is the same wherever the bytes are cut', () => {
    const rows = array(uint8Array({ maxLength: 30 }).map((bytes) => bytes.map((byte) => (byte === 10 ? 0 : byte))));
    assert(
      property(rows, array(nat(40)), (lines, cuts) => {
        const whole = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
        const parts: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) {
          parts.push(whole.subarray(at, at + cut));
          at += cut;
        }
        expect(hashOf(...parts, whole.subarray(at))).toBe(hashOf(whole));
      }),
    );
  });

  it('is the sum of the hashes of its parts', () => {
    const total = new MultisetHash(key);
    for (const part of ['a\nb\n', '', 'c\n']) {
      const hash = total.another();
      hash.update(Buffer.from(part));
      total.add(hash);
    }
    expect(total.digest()).toBe(hashOf('c\nb\na\n'));
  });

  it('takes an item as one, whatever lies in it, at once or as a line', () => {
    const [items, lines] = [new MultisetHash(key), new MultisetHash(key)];
    for (const item of ['one', 'two', '']) {
      items.addItem(Buffer.from(item));
      lines.update(Buffer.from(`${item}\n`));
    }
    expect(items.digest()).toBe(lines.digest());
    const { rows, sums } = twoOf('a\nb', 'c\nd').parts();
    expect(twoOf('a\nd', 'c\nb').digest()).not.toBe(MultisetHash.of(key, { rows, sums }).digest());
    expect(twoOf('c\nd', 'a\nb').digest()).toBe(MultisetHash.of(key, { rows, sums }).digest());
  });

  it.each([
    ['a row is missing', 'a\nb\n'],
    ['a row is there twice', 'a\nb\nb\nc\n'],
    ['a row is there twice in place of another', 'a\nb\nb\n'],
    ['a byte is another one', 'a\nb\nd\n'],
    ['two rows have become one', 'a\nbc\n'],
    ['a byte is between other rows', 'ab\n\nc\n'],
    ['a zero byte is before a row', 'a\n\0b\nc\n'],
    ['a zero byte is after a row', 'a\nb\0\nc\n'],
  ])('is another one when %s', (_, rows) => {
    expect(hashOf(rows)).not.toBe(hashOf('a\nb\nc\n'));
  });

  it('counts rows without columns', () => {
    expect(hashOf('\n\n')).not.toBe(hashOf('\n\n\n'));
  });

  it('finds no two alike among many similar rows', () => {
    const seen = new Set<string>();
    for (let n = 0; n < 100_000; n += 1) seen.add(hashOf(`${n}\t${n * 7}\t\\N\n`));
    expect(seen.size).toBe(100_000);
  });

  it('is not given for half a row', () => {
    expect(() => hashOf('half')).toThrow('no end');
  });
});

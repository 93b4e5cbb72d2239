import type { ScanItem } from './scan-directory.js';
import { ENTRY_KINDS, kindOf, type ScannedSpecial } from './scanned-entry.js';

/**
 * What was scanned, in two pieces of memory that go from thread to thread without being copied: so many objects, with
 * a buffer each, would take longer than the scan.
 */
export interface PackedItems {
  /** `NUMBERS` an item: its kind and what `lstat` said. */
  numbers: BigInt64Array<ArrayBuffer>;
  /** The path of each item, and behind a link's its target, each with a NUL behind it: none contains one. */
  texts: Uint8Array<ArrayBuffer>;
}

const KINDS = [...ENTRY_KINDS, 'found-directory'] as const;
/** Kind, mode, uid, gid, mtime, ctime; for a file also size, links and inode. */
const NUMBERS = 9;
const INODE_BITS = 64;

export function packItems(items: readonly ScanItem[]): PackedItems {
  const numbers = new BigInt64Array(items.length * NUMBERS);
  const texts = new Uint8Array(items.reduce((sum, item) => sum + textBytes(item), 0));
  let at = 0;
  const write = (text: Buffer): void => {
    texts.set(text, at);
    at += text.length + 1;
  };
  for (const [index, item] of items.entries()) {
    numbers.set(numbersOf(item), index * NUMBERS);
    write(item.path);
    if (item.kind === 'symlink') write(item.target);
  }
  return { numbers, texts };
}

export function unpackItems({ numbers, texts }: PackedItems): ScanItem[] {
  const bytes = Buffer.from(texts.buffer, texts.byteOffset, texts.byteLength);
  let at = 0;
  const read = (): Buffer => {
    const end = bytes.indexOf(0, at);
    const text = bytes.subarray(at, end);
    at = end + 1;
    return text;
  };
  return Array.from({ length: numbers.length / NUMBERS }, (_, index) => unpack(numbers, index * NUMBERS, read));
}

function textBytes(item: ScanItem): number {
  return item.path.length + 1 + (item.kind === 'symlink' ? item.target.length + 1 : 0);
}

function numbersOf(item: ScanItem): bigint[] {
  if (item.kind === 'found-directory') return [BigInt(KINDS.indexOf(item.kind))];
  const kind = BigInt(KINDS.indexOf(kindOf(item)));
  const common = [kind, BigInt(item.mode), BigInt(item.uid), BigInt(item.gid), item.mtimeNs, item.ctimeNs];
  if (item.kind !== 'file') return common;
  return [...common, BigInt(item.size), BigInt(item.links), item.inode];
}

function unpack(numbers: BigInt64Array, at: number, text: () => Buffer): ScanItem {
  const kind = KINDS[Number(numbers[at])]!;
  // Whoever keeps one path would keep the memory of all that came with it.
  if (kind === 'found-directory') return { kind, path: Buffer.from(text()) };
  const scanned = {
    path: text(),
    mode: Number(numbers[at + 1]),
    uid: Number(numbers[at + 2]),
    gid: Number(numbers[at + 3]),
    mtimeNs: numbers[at + 4]!,
    ctimeNs: numbers[at + 5]!,
  };
  switch (kind) {
    case 'directory':
      return { kind, ...scanned };
    case 'symlink':
      return { kind, ...scanned, target: text() };
    case 'file':
      return {
        kind,
        ...scanned,
        size: Number(numbers[at + 6]),
        links: Number(numbers[at + 7]),
        inode: BigInt.asUintN(INODE_BITS, numbers[at + 8]!),
      };
    default:
      return { kind: 'special', ...scanned, type: kind satisfies ScannedSpecial['type'] };
  }
}

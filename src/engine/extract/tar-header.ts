import type { SparseLayout } from '../../vault/manifests/manifest.js';

export const BLOCK_BYTES = 512;
const NAME_BYTES = 100;
/** What eleven octal digits hold, and seven. */
const MOST_SIZE = 0o77777777777;
const MOST_ID = 0o7777777;
const TYPES = { file: '0', symlink: '2', directory: '5' } as const;

export interface TarMember {
  kind: keyof typeof TYPES;
  /** Relative; empty for the root. */
  name: Buffer;
  mode: number;
  uid: number;
  gid: number;
  mtimeNs: string;
  /** What follows the header. */
  bytes: number;
  /** Of a link. */
  target?: Buffer;
  /** Of a file whose content begins with a `sparseMap`: how long it is, holes and all. */
  holesOf?: number;
}

/** The header of a member, with the extended one that says what does not fit (POSIX.1-2001, "pax Interchange Format"). */
export function tarHeader(member: TarMember): Buffer {
  const name = nameIn(member);
  const { target = Buffer.alloc(0) } = member;
  const records = Buffer.concat(recordsOf(member, name, target));
  const extended = Buffer.concat([
    block({
      name: Buffer.from('PaxHeader'),
      type: 'x',
      mode: 0o600,
      uid: 0,
      gid: 0,
      seconds: 0,
      bytes: records.length,
    }),
    records,
    padding(records.length),
  ]);
  const seconds = Math.max(0, Math.floor(Number(BigInt(member.mtimeNs) / 1_000_000_000n)));
  const shown = member.holesOf === undefined ? name : Buffer.concat([Buffer.from('GNUSparseFile.0/'), name]);
  const { mode, uid, gid, bytes, kind } = member;
  return Buffer.concat([extended, block({ name: shown, type: TYPES[kind], mode, uid, gid, seconds, bytes, target })]);
}

/** What brings a length to whole blocks. */
export function padding(bytes: number): Buffer {
  return Buffer.alloc((BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES);
}

/** The map before the data of a file with holes, in GNU tar's sparse format 1.0: decimal numbers, one a line, in whole blocks. */
export function sparseMap({ bytes, runs }: SparseLayout): Buffer {
  const last = runs.at(-1);
  // A run without bytes says where a file ends that ends with a hole.
  const all = last && last.offset + last.bytes === bytes ? runs : [...runs, { offset: bytes, bytes: 0 }];
  const numbers = [all.length, ...all.flatMap((run) => [run.offset, run.bytes])];
  const text = Buffer.from(numbers.map((number) => `${number}\n`).join(''));
  return Buffer.concat([text, padding(text.length)]);
}

function nameIn({ kind, name }: TarMember): Buffer {
  const relative = name.length === 0 ? Buffer.from('.') : name;
  return kind === 'directory' ? Buffer.concat([relative, Buffer.from('/')]) : relative;
}

function recordsOf({ mtimeNs, uid, gid, bytes, holesOf }: TarMember, name: Buffer, target: Buffer): Buffer[] {
  return [
    // Names are bytes: nobody is to take them for text in an encoding.
    record('hdrcharset', 'BINARY'),
    ...(holesOf === undefined
      ? [record('path', name)]
      : [
          record('GNU.sparse.major', '1'),
          record('GNU.sparse.minor', '0'),
          record('GNU.sparse.name', name),
          record('GNU.sparse.realsize', String(holesOf)),
        ]),
    ...(target.length === 0 ? [] : [record('linkpath', target)]),
    record('mtime', decimalSeconds(BigInt(mtimeNs))),
    ...(bytes > MOST_SIZE ? [record('size', String(bytes))] : []),
    ...(uid > MOST_ID ? [record('uid', String(uid))] : []),
    ...(gid > MOST_ID ? [record('gid', String(gid))] : []),
  ];
}

/** `<length> <key>=<value>\n`, the length with its own digits. */
function record(key: string, value: string | Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from('\n')]);
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function decimalSeconds(nanoseconds: bigint): string {
  const sign = nanoseconds < 0n ? '-' : '';
  const all = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  return `${sign}${all / 1_000_000_000n}.${String(all % 1_000_000_000n).padStart(9, '0')}`;
}

interface Block {
  name: Buffer;
  type: string;
  mode: number;
  uid: number;
  gid: number;
  seconds: number;
  bytes: number;
  target?: Buffer;
}

/** What is too long or too large for its field is in the extended header. */
function block({ name, type, mode, uid, gid, seconds, bytes, target }: Block): Buffer {
  const header = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, at: number, digits: number, most: number) =>
    header.write((value > most ? 0 : value).toString(8).padStart(digits, '0'), at, 'latin1');
  name.copy(header, 0, 0, NAME_BYTES);
  octal(mode, 100, 7, MOST_ID);
  octal(uid, 108, 7, MOST_ID);
  octal(gid, 116, 7, MOST_ID);
  octal(bytes, 124, 11, MOST_SIZE);
  octal(seconds, 136, 11, MOST_SIZE);
  header.write(' '.repeat(8), 148, 'latin1');
  header.write(type, 156, 'latin1');
  target?.copy(header, 157, 0, NAME_BYTES);
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

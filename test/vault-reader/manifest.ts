import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { derive, headerOf, HEADER_BYTES, open } from './keys.js';
import type { Content } from './packs.js';

const SEGMENT_BYTES = 262_144 + 16;

export interface FileAttributes {
  path: string;
  mode: number;
  uid: number;
  gid: number;
  mtimeNs: string;
}

interface Name {
  schema: string;
  name: string;
}

export interface Properties {
  encoding: string;
  collate: string;
  ctype: string;
  settings: { role: string; setting: string }[];
}

export type Line =
  | { kind: 'header'; format: number; snapshotId: string }
  | ({ kind: 'file'; content: Content } & FileAttributes)
  | ({ kind: 'sparse-file'; content: Content; sparse: Sparse } & FileAttributes)
  | ({ kind: 'directory' } & FileAttributes)
  | ({ kind: 'symlink'; target: string } & FileAttributes)
  | { kind: 'database'; properties: Properties; searchPath?: string[]; content: Content }
  | { kind: 'description'; content: Content }
  | ({ kind: 'table'; table: number; columns: string[] } & Name)
  | { kind: 'segment'; table: number; rows: number; content: Content }
  | ({ kind: 'sequence'; lastValue: string; isCalled: boolean } & Name)
  | ({ kind: 'materialized-view' | 'contents' } & Name)
  | { kind: 'exclusion'; tables: string[]; rowsOf: string[]; paths: string[] }
  | ({ kind: 'left-out'; of: 'rows' | 'table' } & Name)
  | { kind: 'left-out'; of: 'unreadable'; path: string }
  | { kind: 'warning'; message: string }
  | { kind: 'footer'; entries: number; sha256: string };

export interface Sparse {
  bytes: number;
  runs: { offset: number; bytes: number }[];
}

/** The lines of a snapshot's manifest. Of several attempts the first: any whole one is a cut of the environment. */
export async function readManifest(vault: string, project: string, snapshot: string, dataKey: Buffer): Promise<Line[]> {
  const directory = join(vault, 'projects', project, 'manifests', snapshot);
  const [attempt = ''] = await readdir(directory);
  const sealed = await readFile(join(directory, attempt));
  return linesOf(zstdDecompressSync(unseal(sealed, snapshot, dataKey)), snapshot);
}

function unseal(sealed: Buffer, snapshot: string, dataKey: Buffer): Buffer {
  const header = headerOf(sealed, 'SNAPSEAL', dataKey);
  const key = derive(dataKey, header.salt, 'snapback sealed stream 1');
  const additional = Buffer.concat([header.bytes, Buffer.from(`manifest of ${snapshot}`)]);
  const parts: Buffer[] = [];
  for (let at = HEADER_BYTES, number = 0; at < sealed.length; at += SEGMENT_BYTES, number += 1) {
    const isLast = at + SEGMENT_BYTES >= sealed.length;
    const nonce = Buffer.alloc(12);
    // Eleven bytes, of which no object is long enough to need more than the last six.
    nonce.writeUIntBE(number, 5, 6);
    nonce[11] = isLast ? 1 : 0;
    parts.push(open(key, nonce, additional, sealed.subarray(at, at + SEGMENT_BYTES)));
  }
  return Buffer.concat(parts);
}

function linesOf(text: Buffer, snapshot: string): Line[] {
  const last = text.lastIndexOf('\n', text.length - 2) + 1;
  const lines = text
    .toString('utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
  const [header, footer] = [lines[0], lines.at(-1)];
  if (header?.kind !== 'header' || header.format !== 1 || header.snapshotId !== snapshot) throw new Error('No header.');
  if (footer?.kind !== 'footer' || footer.entries !== lines.length - 2) throw new Error('No footer, or another count.');
  const sha256 = createHash('sha256').update(text.subarray(0, last)).digest('hex');
  if (footer.sha256 !== sha256) throw new Error('Another hash than in the footer.');
  return lines.slice(1, -1);
}

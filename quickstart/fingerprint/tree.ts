import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';

export interface FileFingerprint {
  kind: 'file' | 'directory' | 'symlink' | 'other';
  /** Permission bits, octal. */
  mode: string;
  /** Nanoseconds since 1970. */
  mtimeNs: string;
  /** Hex, of a file's bytes or of a symlink's target; empty for what has neither. */
  sha256: string;
}

const READ_BYTES = 1024 * 1024;
const SLASH = Buffer.from('/');

/** The directory and everything below it. Symlinks are not followed. */
export async function fingerprintTree(root: string): Promise<Map<string, FileFingerprint>> {
  const found = new Map<string, FileFingerprint>();
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  const rootBytes = Buffer.from(root);
  const pending = [rootBytes];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const stats = await lstat(path, { bigint: true });
    const relative = path.subarray(rootBytes.length + 1);
    found.set(relative.length === 0 ? '.' : printable(relative), {
      kind: kindOf(stats),
      mode: (stats.mode & 0o7777n).toString(8),
      mtimeNs: String(stats.mtimeNs),
      sha256: await contentHash(path, stats, buffer),
    });
    if (!stats.isDirectory()) continue;
    // File names are bytes; as text, those that are not UTF-8 could not be opened again.
    for (const name of await readdir(path, { encoding: 'buffer' })) pending.push(Buffer.concat([path, SLASH, name]));
  }
  return found;
}

function kindOf(stats: BigIntStats): FileFingerprint['kind'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : 'other';
}

async function contentHash(path: Buffer, stats: BigIntStats, buffer: Buffer): Promise<string> {
  const hash = createHash('sha256');
  if (stats.isSymbolicLink()) return hash.update(await readlink(path, { encoding: 'buffer' })).digest('hex');
  if (!stats.isFile()) return '';
  const file = await open(path);
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, READ_BYTES, null);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

/** Different bytes give different texts: what is no plain text is written as `\xNN`, and a backslash twice. */
function printable(path: Buffer): string {
  const text = path.toString('utf8');
  const isText = Buffer.from(text, 'utf8').equals(path) && !/\p{Cc}/u.test(text);
  if (isText) return text.replaceAll('\\', '\\\\');
  const parts = [...path].map((byte) => {
    if (byte === 0x5c) return '\\\\';
    return byte > 0x1f && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return parts.join('');
}

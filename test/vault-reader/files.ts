import { chmod, lchown, mkdir, open, symlink, truncate, utimes } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { FileAttributes, Line } from './manifest.js';
import type { Packs } from './packs.js';

/** Puts the filestore of a snapshot together below `root`, which is not there yet. */
export async function writeFiles(lines: readonly Line[], packs: Packs, root: string): Promise<void> {
  const base = Buffer.from(root);
  const pathOf = (encoded: string): Buffer => {
    const path = decoded(encoded);
    return path.length === 0 ? base : Buffer.concat([base, Buffer.from('/'), path]);
  };
  const directories: FileAttributes[] = [];
  for (const line of lines) {
    if (line.kind === 'directory') {
      await mkdir(pathOf(line.path), { mode: 0o700 });
      directories.push(line);
    }
  }
  for (const line of lines) {
    if (line.kind === 'symlink') {
      await symlink(decoded(line.target), pathOf(line.path));
      await lchown(pathOf(line.path), line.uid, line.gid);
      await setTime(pathOf(line.path), line.mtimeNs);
    }
    if (line.kind !== 'file' && line.kind !== 'sparse-file') continue;
    const sparse = line.kind === 'sparse-file' ? line.sparse : undefined;
    const runs = sparse?.runs ?? [{ offset: 0, bytes: line.content.bytes }];
    await writeFile(pathOf(line.path), packs.read(line.content), runs);
    if (sparse !== undefined) await truncate(pathOf(line.path), sparse.bytes);
    await finish(pathOf(line.path), line);
  }
  for (const directory of directories.toReversed()) await finish(pathOf(directory.path), directory);
}

async function writeFile(
  path: Buffer,
  content: AsyncIterable<Buffer>,
  runs: readonly { offset: number; bytes: number }[],
): Promise<void> {
  const handle = await open(path, 'wx');
  let [run, done] = [0, 0];
  for await (let buffer of content) {
    while (buffer.length > 0) {
      const { offset, bytes } = runs[run]!;
      const part = buffer.subarray(0, bytes - done);
      await handle.write(part, 0, part.length, offset + done);
      buffer = buffer.subarray(part.length);
      done += part.length;
      if (done === bytes) [run, done] = [run + 1, 0];
    }
  }
  await handle.close();
}

async function finish(path: Buffer, { mode, uid, gid, mtimeNs }: FileAttributes): Promise<void> {
  await lchown(path, uid, gid);
  await chmod(path, mode);
  await setTime(path, mtimeNs);
}

/** Node knows times to the microsecond only; `touch` takes nanoseconds, and names that are text. */
async function setTime(path: Buffer, mtimeNs: string): Promise<void> {
  const text = path.toString('utf8');
  if (!Buffer.from(text).equals(path)) return utimes(path, new Date(), new Date(Number(BigInt(mtimeNs) / 1_000_000n)));
  const nanoseconds = BigInt(mtimeNs);
  const seconds = `${nanoseconds / 1_000_000_000n}.${String(nanoseconds % 1_000_000_000n).padStart(9, '0')}`;
  await promisify(execFile)('touch', ['--no-dereference', `--date=@${seconds}`, text]);
}

function decoded(encoded: string): Buffer {
  if (encoded.startsWith('utf8:')) return Buffer.from(encoded.slice('utf8:'.length));
  if (encoded.startsWith('base64:')) return Buffer.from(encoded.slice('base64:'.length), 'base64');
  throw new Error(`No path: ${encoded}`);
}

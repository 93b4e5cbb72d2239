import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';

/**
 * A directory in words, one sorted line for each thing in it and for itself: path, kind, mode, owner,
 * modification time in nanoseconds, and a file's size and SHA-256 or a link's target. Two trees are the
 * same when their lines are. Shares no code with the engine, so that it cannot share its mistakes.
 */
export async function describeTree(root: string): Promise<string[]> {
  const lines: string[] = [];
  const waiting: Buffer[] = [Buffer.from('.')];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const full = Buffer.concat([Buffer.from(`${root}/`), path]);
    const stats = await lstat(full, { bigint: true });
    const permissions = (stats.mode & 0o7777n).toString(8).padStart(4, '0');
    const common = `${named(path)} mode=${permissions} owner=${stats.uid}:${stats.gid} mtime=${stats.mtimeNs}`;
    if (stats.isDirectory()) {
      lines.push(`${common} directory`);
      for (const name of await readdir(full, { encoding: 'buffer' }))
        waiting.push(Buffer.concat([path, Buffer.from('/'), name]));
    } else if (stats.isSymbolicLink()) {
      lines.push(`${common} link to ${named(await readlink(full, { encoding: 'buffer' }))}`);
    } else if (stats.isFile()) {
      lines.push(`${common} file bytes=${stats.size} sha256=${await sha256Of(full)}`);
    } else {
      lines.push(`${common} special`);
    }
  }
  return lines.toSorted();
}

/** Every byte becomes one character, so that no two names look the same. */
function named(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1'));
}

async function sha256Of(path: Buffer): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(path)) hash.update(bytes as Buffer);
  return hash.digest('hex');
}

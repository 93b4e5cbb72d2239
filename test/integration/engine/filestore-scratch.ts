import { chmod, mkdir, mkdtemp, realpath, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { deliverHere } from '../../../src/vault/reading/content-taker.js';
import type { ContentSource } from '../../../src/engine/filestore/staging/content-source.js';
import { identityOf, type KnownDirectories } from '../../../src/engine/filestore/paths/directory-identity.js';
import { stagedDirectoryName } from '../../../src/engine/filestore/paths/enclosure.js';
import { removeTree } from '../../harness/remove-tree.js';
import type { ScannedEntry } from '../../../src/engine/filestore/scan/scanned-entry.js';
import { silentProgress, type WorkContext } from '../../../src/engine/progress.js';
import type { ContentRef } from '../../../src/vault/manifests/content-ref.js';

export const never = new AbortController().signal;
export const silent: WorkContext = { signal: never, progress: silentProgress };

/** The user who is nobody in particular, and not root. */
export const NOBODY = 65_534;

/** A directory of a test's own, with means to put unusual things into it. */
export class Scratch {
  private readonly servers: Server[] = [];

  private constructor(readonly root: string) {}

  static async create(): Promise<Scratch> {
    const root = await realpath(await mkdtemp(join(tmpdir(), 'snapback-filestore-')));
    // Others may look in, so that a test can do so as somebody who is not root.
    await chmod(root, 0o755);
    return new Scratch(root);
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  /** Where a directory that takes the place of this one is built. */
  staged(name: string): string {
    return stagedDirectoryName(this.path(name), 'test');
  }

  /** The same for names that are not text: every character of the name is one byte. */
  bytes(...parts: string[]): Buffer {
    return Buffer.concat([Buffer.from(this.root), Buffer.from(['', ...parts].join('/'), 'latin1')]);
  }

  async directory(...parts: string[]): Promise<string> {
    await mkdir(this.path(...parts), { recursive: true });
    return this.path(...parts);
  }

  async file(name: string, content: string | Buffer = name): Promise<string> {
    await mkdir(dirname(this.path(name)), { recursive: true });
    await writeFile(this.path(name), content);
    return this.path(name);
  }

  async fifo(name: string): Promise<void> {
    await promisify(execFile)('mkfifo', [this.path(name)]);
  }

  async socket(name: string): Promise<void> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(this.path(name), resolve));
    this.servers.push(server);
  }

  async remove(): Promise<void> {
    for (const server of this.servers) await new Promise((resolve) => server.close(resolve));
    await removeTree(this.root);
  }
}

/** Two directories as a cutover would have noted them. */
export async function knownOf(live: string, staged: string): Promise<KnownDirectories> {
  return { liveInode: await identityOf(live), stagedInode: await identityOf(staged) };
}

/** Root may read everything: what is about permissions runs as somebody else. */
export async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  process.setegid?.(NOBODY);
  process.seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

/** The paths of entries, one character a byte. */
export function paths(entries: ScannedEntry[]): string[] {
  return entries.map((entry) => entry.path.toString('latin1'));
}

/** Contents from a function that gives one. */
export function contentsFrom(read: ContentSource['read']): ContentSource {
  const whole = async (content: ContentRef): Promise<Buffer> => Buffer.concat(await collect(read(content)));
  const readAll = (contents: readonly ContentRef[]) => Promise.all(contents.map(whole));
  return { read, readAll, deliver: (contents, taker, what) => deliverHere(readAll, contents, taker, what) };
}

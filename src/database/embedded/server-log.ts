import { open, rename, rm, stat } from 'node:fs/promises';

const ROTATE_BYTES = 10 * 1024 * 1024;
const EXCERPT_BYTES = 64 * 1024;

/**
 * The file to which the server writes its messages. A file, not a pipe to us: the server must be able
 * to go on writing, and to shut down in order, after our process has died.
 */
export class ServerLog {
  private constructor(
    readonly path: string,
    private readonly startBytes: number,
  ) {}

  /** Continues the log of earlier runs; a large one is put aside, replacing the one put aside before. */
  static async open(path: string): Promise<ServerLog> {
    const bytes = await sizeOf(path);
    if (bytes < ROTATE_BYTES) return new ServerLog(path, bytes);
    await rm(`${path}.1`, { force: true });
    await rename(path, `${path}.1`);
    return new ServerLog(path, 0);
  }

  /** What was written since `open()`, at most the first 64 KiB of it. */
  async sinceStart(): Promise<string> {
    const file = await open(this.path, 'r').catch(() => undefined);
    if (!file) return '';
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(EXCERPT_BYTES), 0, EXCERPT_BYTES, this.startBytes);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  }
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (found) => found.size,
    () => 0,
  );
}

import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { link, lstat, open, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { failed, refused, usage } from '../../outcome/outcome-error.js';

/** What file systems say that know no second name of a file. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/** A file that comes to be at once and whole: until then it stands beside its place, under another name. */
export class NewFile {
  private isOpen = true;

  private constructor(
    /** Where it will be. */
    readonly path: string,
    private readonly beside: string,
    private readonly handle: FileHandle,
    private readonly force: boolean,
  ) {}

  /**
   * `to` is where it will be, or the directory in which it will have that name; here unless told. Throws when something is there already, unless `force`, and
   * when nothing can be written there.
   */
  static async begin(to: string | undefined, name: string, force: boolean): Promise<NewFile> {
    const isDirectory = to !== undefined && (await stat(to).catch(() => undefined))?.isDirectory() === true;
    const path = to === undefined ? name : isDirectory ? join(to, name) : to;
    refuseTaken(path, await lstat(path).catch(() => undefined), force);
    const beside = join(dirname(path), `.snapback-${randomUUID()}`);
    const handle = await open(beside, 'wx').catch((cause: NodeJS.ErrnoException) => {
      throw usage(`${path} cannot be written: ${cause.message}.`, { cause });
    });
    return new NewFile(path, beside, handle, force);
  }

  async write(piece: Uint8Array): Promise<void> {
    // One call may write a part alone.
    for (let at = 0; at < piece.length;) {
      const { bytesWritten } = await this.handle.write(piece, at).catch(this.cannot);
      at += bytesWritten;
    }
  }

  /** It is there, and on the disk. Throws when something came to be there meanwhile, unless `force`. */
  async publish(): Promise<void> {
    await this.handle.sync().catch(this.cannot);
    await this.close();
    await (this.force ? rename(this.beside, this.path) : this.renameUnlessTaken()).catch(this.cannot);
  }

  /** Of what was not published nothing stays. */
  async discard(): Promise<void> {
    await this.close();
    await rm(this.beside, { force: true });
  }

  /** To rename replaces what is there, to link does not. */
  private async renameUnlessTaken(): Promise<void> {
    try {
      await link(this.beside, this.path);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST' && !NO_LINKS.includes(code)) throw error;
      refuseTaken(this.path, await lstat(this.path).catch(() => undefined), false);
      await rename(this.beside, this.path);
    }
  }

  private async close(): Promise<void> {
    if (this.isOpen) await this.handle.close();
    this.isOpen = false;
  }

  private readonly cannot = (cause: unknown): never => {
    // What this program says already is said.
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    throw failed(`${this.path} cannot be written: ${message}.`, { cause });
  };
}

/** Throws when a file that is to be there would be refused for what is there already. */
export async function refuseTakenPlace(path: string, force: boolean): Promise<void> {
  const isDirectory = (await stat(path).catch(() => undefined))?.isDirectory() === true;
  if (!isDirectory) refuseTaken(path, await lstat(path).catch(() => undefined), force);
}

function refuseTaken(path: string, there: Stats | undefined, force: boolean): void {
  if (there === undefined) return;
  // A device that something else takes the place of is missed by all.
  if (!there.isFile() && !there.isSymbolicLink()) throw usage(`${path} is there, and no file.`);
  if (!force) throw refused(`${path} is there already; --force replaces it.`);
}

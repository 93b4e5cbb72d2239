import type { Backend, ObjectFile } from '../backend/backend.js';

/** Packs that are held open at a time. Of what lies in others the bytes are handed over. */
const MOST_OPEN = 32;

interface HeldFile {
  file: Promise<ObjectFile | null>;
  users: number;
}

/**
 * The files of packs, held open while anybody reads from any of them: what is read next lies mostly where the last was. Where there are
 * none, or none that can be opened, it is left out, and whoever reads the bytes says why.
 *
 * A thread that was given up may go on reading from a descriptor that has become another file's by then: no key opens what it finds there.
 */
export class PackFiles {
  // A Map remembers the order in which its keys came: the first was opened longest ago.
  private readonly held = new Map<string, HeldFile>();
  private working = 0;

  constructor(
    private readonly backend: Pick<Backend, 'openFile'>,
    private readonly mostOpen = MOST_OPEN,
  ) {}

  /** The descriptors for each of the keys, open until the work has ended. */
  async using<T>(keys: readonly string[], work: (files: Map<string, number>) => Promise<T>): Promise<T> {
    this.working += 1;
    const used = [...new Set(keys)].flatMap((key) => {
      const held = this.hold(key);
      return held ? [{ key, held }] : [];
    });
    try {
      const files = new Map<string, number>();
      for (const { key, held } of used) {
        const file = await held.file;
        if (file !== null) files.set(key, file.fd);
      }
      return await work(files);
    } finally {
      for (const { held } of used) held.users -= 1;
      this.working -= 1;
      if (this.working === 0) for (const key of this.held.keys()) this.close(key);
    }
  }

  private hold(key: string): HeldFile | undefined {
    let held = this.held.get(key);
    if (held === undefined) {
      if (this.held.size >= this.mostOpen && !this.closeUnused()) return undefined;
      held = { file: this.backend.openFile(key).catch(() => null), users: 0 };
      this.held.set(key, held);
    }
    held.users += 1;
    return held;
  }

  /** The one that was opened first; false when all are in use. */
  private closeUnused(): boolean {
    for (const [key, { users }] of this.held) {
      if (users > 0) continue;
      this.close(key);
      return true;
    }
    return false;
  }

  private close(key: string): void {
    const file = this.held.get(key)?.file;
    this.held.delete(key);
    // Nothing was written: a failure has nothing to say.
    void file?.then((opened) => opened?.close()).catch(() => undefined);
  }
}

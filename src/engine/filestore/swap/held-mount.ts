import { type BigIntStats, lstatSync } from 'node:fs';
import { errnoOf } from '../../../vault/errno.js';
import { isNoted, type KnownDirectories } from '../paths/directory-identity.js';
import { HeldPath } from '../paths/held-path.js';

/**
 * Both directories, by paths through handles. That to what is in the directory inside leads through its name: whoever gives that another
 * name takes it from everybody who is still at it, wherever they were stopped, and every exchange needs both.
 */
export class HeldMount {
  private constructor(private readonly held: HeldPath) {}

  /** `path` is of the directory inside. Undefined when there is no such directory. Rejects as `HeldPath.hold` does. */
  static async hold(path: string): Promise<HeldMount | undefined> {
    const held = await HeldPath.hold(path);
    if (held === undefined || held.isOurs) return held && new HeldMount(held);
    await held.close();
    throw new TypeError(`"${path}" is not inside of an enclosure.`);
  }

  get path(): string {
    return this.held.path;
  }

  /** The top of the mount point. */
  get live(): Buffer {
    return this.inLive(Buffer.from('.'));
  }

  /** The same, out of reach as soon as the directory inside has another name: of what is done to the top itself. */
  get liveByOther(): Buffer {
    return Buffer.concat([this.held.at, Buffer.from('/../..')]);
  }

  /** The directory inside of it. */
  get other(): Buffer {
    return this.held.at;
  }

  inLive(name: Buffer): Buffer {
    return this.held.besideEnclosure(name)!;
  }

  inOther(name: Buffer): Buffer {
    return Buffer.concat([this.held.at, Buffer.from('/'), name]);
  }

  /** Whether both are still those that were noted, and the one inside has the name by which it was held. */
  isBoth({ liveInode, stagedInode }: KnownDirectories): boolean {
    const [live, other] = [look(this.live), look(this.other)];
    return live !== undefined && other !== undefined && isNoted(live, liveInode) && isNoted(other, stagedInode);
  }

  async close(): Promise<void> {
    await this.held.close();
  }
}

/** What is there, a link as a link; undefined when nothing is. Blocks its thread. Throws with an errno `code`. */
export function look(path: Buffer): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

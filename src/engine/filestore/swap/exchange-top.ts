import { chmodSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { EngineError } from '../../engine-error.js';
import { errnoOf } from '../../../vault/errno.js';
import { isNoted } from '../paths/directory-identity.js';
import { decodeRelativePath } from '../paths/encoded-path.js';
import { reasonOf, unwritable } from '../filestore-failure.js';
import { renameExchange, renameToFree } from '../libc.js';
import { HeldMount, look } from './held-mount.js';
import { giveAttributes, type TopAttributes } from './top-attributes.js';
import { TopEntries } from './top-entries.js';
import { type KnownMount, MOST_TOP_ENTRIES, namesAtTop } from './top-of-mount.js';

/** An application that makes or removes the very name that is exchanged is met at most so often. */
const ATTEMPTS = 5;
const OWNER_MAY_ALL = 0o700;
/** What the kernel answers where an entry cannot be moved at all. */
const UNSUPPORTED = new Set(['EINVAL', 'ENOSYS', 'EXDEV', 'EBUSY', 'EOPNOTSUPP']);

export interface TopExchange {
  /** Whose entries are at the top of the mount point afterwards. */
  to: 'old' | 'new';
  /** Whether what came there since both states were noted goes with the old one. Not once the new one is in use. */
  takesLate: boolean;
}

/**
 * Exchanges what is at the top of a mount point with what is in a directory inside of it (`otherPath`), name by name: where both states
 * have a name in one step, otherwise by moving it. What is where already stays, by inode, so that this may be done as often as one likes and goes
 * on from wherever somebody was stopped. The top directory gets the attributes it has in that state, and the other one those it had. When it
 * resolves, all of that survives a power cut.
 *
 * Rejects with `EngineError('filestore-missing' | 'filestore-unwritable' | 'disk-full' | 'filestore-exchange-unsupported')`: everything is
 * on the other side then, as before a first exchange. `'cutover-incomplete'`: some of it may be on this side and some on that one, or
 * somebody has taken the directory inside away.
 */
export async function exchangeTop(otherPath: string, known: KnownMount, exchange: TopExchange): Promise<void> {
  const held = await HeldMount.hold(otherPath);
  if (held === undefined) throw new EngineError('filestore-missing', `The directory "${otherPath}" does not exist.`);
  try {
    if (!held.isBoth(known))
      throw new EngineError(
        'filestore-missing',
        `"${otherPath}", or the mount point that it is in, is not there any more, or another one.`,
      );
    await new Exchange(held, known, exchange).run();
  } finally {
    await held.close();
  }
}

class Exchange {
  private readonly entries: TopEntries;

  constructor(
    private readonly held: HeldMount,
    private readonly known: KnownMount,
    private readonly exchange: TopExchange,
  ) {
    this.entries = new TopEntries(known.top);
  }

  async run(): Promise<void> {
    const { to } = this.exchange;
    try {
      await this.bring(to);
    } catch (error) {
      if (isIncomplete(error)) throw error;
      await this.back(to === 'new' ? 'old' : 'new', error);
      throw failure(this.held.path, error);
    }
  }

  private async bring(to: 'old' | 'new'): Promise<void> {
    this.makeWritable();
    for (const name of await this.namesNow()) this.settle(name, to);
    // What came meanwhile.
    for (const name of await this.namesNow()) this.settle(name, to);
    const { oldTop, newTop } = this.known.top;
    this.finishTops(to === 'new' ? newTop : oldTop, to === 'new' ? oldTop : newTop);
    for (const directory of [this.held.live, this.held.other]) await syncDirectory(directory);
    if (!this.held.isBoth(this.known)) throw takenAway(this.held.path);
    const side = this.entries.side(this.held);
    if (side !== to && side !== 'either')
      throw incomplete(this.held.path, 'somebody else moves what is at the top of the mount point');
  }

  /** Nothing may stay half way where that can be helped. */
  private async back(to: 'old' | 'new', reason: unknown): Promise<void> {
    try {
      await this.bring(to);
    } catch (error) {
      throw isIncomplete(error)
        ? error
        : incomplete(this.held.path, `${wordsOf(reason)}, and not back either: ${wordsOf(error)}`, reason);
    }
  }

  /** Those that were noted, and what else is there by now. */
  private async namesNow(): Promise<Buffer[]> {
    const { top } = this.known;
    const names = new Map([...top.old, ...top.new].map(({ name }) => [name as string, decodeRelativePath(name)]));
    const noted = new Set([...names.values()].map((name) => name.toString('latin1')));
    const late: Buffer[] = [];
    if (this.exchange.takesLate)
      for (const directory of [this.held.live, this.held.other])
        for await (const name of namesAtTop(directory, 2 * MOST_TOP_ENTRIES))
          if (!noted.has(name.toString('latin1'))) late.push(name);
    return [...names.values(), ...late];
  }

  private settle(name: Buffer, to: 'old' | 'new'): void {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return this.settleOnce(name, to);
      } catch (error) {
        const code = errnoOf(error);
        if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
        if (!this.held.isBoth(this.known)) throw takenAway(this.held.path);
        if (attempt === ATTEMPTS) throw error;
      }
    }
  }

  private settleOnce(name: Buffer, to: 'old' | 'new'): void {
    const [live, other] = [this.held.inLive(name), this.held.inOther(name)];
    const [isLive, isOther] = [look(live), look(other)];
    const goes = isLive !== undefined && this.entries.sideOf(isLive) !== to;
    const comes = isOther !== undefined && this.entries.sideOf(isOther) === to;
    if (goes && comes) renameExchange(live, other);
    else if (goes && isOther === undefined) {
      // An application has put another one in the place of the new one already.
      if (to === 'new' && this.entries.hasNew(name)) return;
      renameToFree(live, other);
    } else if (comes && isLive === undefined) renameToFree(other, live);
  }

  /** Root may anyway. */
  private makeWritable(): void {
    for (const directory of [this.held.other, this.held.liveByOther]) {
      const stats = look(directory);
      if (stats === undefined) throw takenAway(this.held.path);
      const mode = Number(stats.mode & 0o7777n);
      if ((mode & OWNER_MAY_ALL) !== OWNER_MAY_ALL && stats.uid === BigInt(process.geteuid?.() ?? -1))
        chmodSync(directory, mode | OWNER_MAY_ALL);
    }
  }

  private finishTops(live: TopAttributes, other: TopAttributes): void {
    const { liveByOther } = this.held;
    const top = look(liveByOther);
    // Somebody may have moved the enclosure to where another directory is above it.
    if (top === undefined || !isNoted(top, this.known.liveInode)) throw takenAway(this.held.path);
    giveAttributes(liveByOther, live);
    giveAttributes(this.held.other, other);
  }
}

async function syncDirectory(path: Buffer): Promise<void> {
  const handle = await open(path as unknown as string);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Everything is on the other side again. */
function failure(path: string, error: unknown): unknown {
  const code = errnoOf(error);
  if (code === undefined) return error;
  if (!UNSUPPORTED.has(code)) return unwritable(Buffer.from(path), error);
  const message = `What is at the top of the mount point with "${path}" in it cannot be exchanged: ${reasonOf(error)}. Use a local Linux file system such as ext4, xfs or btrfs.`;
  return new EngineError('filestore-exchange-unsupported', message, { cause: error });
}

function takenAway(path: string): EngineError {
  return incomplete(path, 'somebody else has taken it over');
}

function incomplete(path: string, why: string, cause?: unknown): EngineError {
  const message = `What is at the top of a mount point was being exchanged with what is in "${path}": ${why}.`;
  return new EngineError('cutover-incomplete', message, { cause });
}

function isIncomplete(error: unknown): boolean {
  return error instanceof EngineError && error.code === 'cutover-incomplete';
}

function wordsOf(error: unknown): string {
  return errnoOf(error) === undefined && error instanceof Error ? error.message : reasonOf(error);
}

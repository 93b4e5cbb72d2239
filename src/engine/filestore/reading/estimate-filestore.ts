import { lstat, stat } from 'node:fs/promises';
import { EngineError } from '../../engine-error.js';
import { displayPath } from '../paths/encoded-path.js';
import { allocatedBytes } from './file-holes.js';
import { isMountPoint } from '../paths/mount-points.js';
import { isOwnName, mayBeOfFileSystem } from '../paths/own-names.js';
import { joinBytes, readDirectory } from '../paths/read-directory.js';

/** Files of one directory whose size is looked up at once. */
const BATCH = 64;

/** The part of the time in which sizes are looked up; after it names are only counted, which is cheaper. */
const SIZE_SHARE = 0.6;

export interface EstimateOptions {
  /** At most about so long, in milliseconds. */
  budgetMs: number;
  /** Stops early; what was seen until then is the answer. */
  signal?: AbortSignal;
}

export interface FilestoreEstimate {
  bytes: number;
  files: number;
  /** True when time ran out or something could not be read: the rest was concluded from what was seen. */
  extrapolated: boolean;
}

/** What lies directly in the directories of one depth, as far as they have been read. */
interface Level {
  read: number;
  waiting: number;
  files: number;
  subdirectories: number;
}

/**
 * Number of the regular files below a directory, and the size of their data, which is less than theirs where they have holes. Directories are read in random order, so that
 * what was seen when time runs out stands for the rest. Rejects with `EngineError('filestore-missing' |
 * 'filestore-not-a-directory')`.
 */
export async function estimateFilestore(root: string, options: EstimateOptions): Promise<FilestoreEstimate> {
  const found = await stat(root).catch((cause: unknown) => {
    const message = `The directory "${displayPath(Buffer.from(root))}" cannot be found.`;
    throw new EngineError('filestore-missing', message, { cause });
  });
  if (!found.isDirectory()) {
    throw new EngineError('filestore-not-a-directory', `"${displayPath(Buffer.from(root))}" is not a directory.`);
  }
  return new Estimate(options).of(Buffer.from(root), await isMountPoint(root));
}

class Estimate {
  private readonly levels: Level[] = [];
  private readonly waiting: { path: Buffer; depth: number }[] = [];
  private readonly started = performance.now();
  /** The files whose size was looked up, and the sum of these sizes. */
  private readonly sized = { files: 0, bytes: 0 };
  private extrapolated = false;

  constructor(private readonly options: EstimateOptions) {}

  async of(root: Buffer, isMount: boolean): Promise<FilestoreEstimate> {
    this.add(root, 0);
    for (let next = this.takeOne(); next; next = this.takeOne())
      await this.read(next.path, next.depth, isMount && next.depth === 0);
    const files = filesIn(this.levels);
    const mean = this.sized.files === 0 ? 0 : this.sized.bytes / this.sized.files;
    const bytes = this.sized.bytes + mean * (files - this.sized.files);
    const extrapolated = this.extrapolated || this.waiting.length > 0;
    return { bytes: Math.round(bytes), files: Math.round(files), extrapolated };
  }

  private add(path: Buffer, depth: number): void {
    this.levels[depth] ??= { read: 0, waiting: 0, files: 0, subdirectories: 0 };
    this.levels[depth].waiting += 1;
    this.waiting.push({ path, depth });
  }

  /** Any of the directories that wait, or undefined when there is none or no time. */
  private takeOne(): { path: Buffer; depth: number } | undefined {
    if (this.timeIsUp(1)) return undefined;
    const last = this.waiting.pop();
    const index = Math.floor(Math.random() * (this.waiting.length + 1));
    if (!last || index === this.waiting.length) return last;
    const taken = this.waiting[index];
    this.waiting[index] = last;
    return taken;
  }

  private async read(path: Buffer, depth: number, isTopOfMount: boolean): Promise<void> {
    const level = this.levels[depth]!;
    level.waiting -= 1;
    level.read += 1;
    let batch: Buffer[] = [];
    try {
      for await (const entry of readDirectory(path)) {
        if (this.timeIsUp(1)) {
          this.extrapolated = true;
          break;
        }
        if (isTopOfMount && (isOwnName(entry.name) || mayBeOfFileSystem(entry.name))) continue;
        if (entry.isDirectory()) {
          level.subdirectories += 1;
          this.add(joinBytes(path, entry.name), depth + 1);
        } else if (entry.isFile()) {
          level.files += 1;
          if (this.timeIsUp(SIZE_SHARE)) this.extrapolated = true;
          else batch.push(joinBytes(path, entry.name));
        }
        if (batch.length < BATCH) continue;
        await this.size(batch);
        batch = [];
      }
      await this.size(batch);
    } catch {
      // Unreadable or gone: the capture will say so by name, an estimate only gets less exact.
      this.extrapolated = true;
    }
  }

  private async size(paths: Buffer[]): Promise<void> {
    const sizes = await Promise.all(paths.map(sizeOf));
    this.sized.files += sizes.length;
    for (const size of sizes) this.sized.bytes += size;
  }

  private timeIsUp(share: number): boolean {
    if (this.options.signal?.aborted) return true;
    return performance.now() - this.started > this.options.budgetMs * share;
  }
}

/** The files that were seen, and those that the directories nobody read should hold, level by level. */
function filesIn(levels: Level[]): number {
  let files = 0;
  /** Directories of this depth of which not even the name was seen. */
  let unseen = 0;
  for (const level of levels) {
    // With nothing read at a depth there is nothing to conclude from.
    const unreadPerRead = level.read === 0 ? 0 : (level.waiting + unseen) / level.read;
    files += level.files * (1 + unreadPerRead);
    unseen = level.subdirectories * unreadPerRead;
  }
  return files;
}

async function sizeOf(path: Buffer): Promise<number> {
  const stats = await lstat(path).catch(() => undefined);
  return stats ? allocatedBytes(stats) : 0;
}

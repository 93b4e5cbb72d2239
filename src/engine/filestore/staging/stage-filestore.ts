import { constants } from 'node:fs';
import { chmod, mkdir, open, type FileHandle } from 'node:fs/promises';
import type { WorkContext } from '../../progress.js';
import { identityIn, isNoted } from '../paths/directory-identity.js';
import { HeldPath, tamperedWith } from '../paths/held-path.js';
import { LiveFiles } from '../live-copies/live-files.js';
import { removeHeld } from '../paths/remove-tree.js';
import { type BuiltTree, naming, PRIVATE, type TreeBefore, TreeBuilder, type TreeToBuild } from './tree-builder.js';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;

export interface FilesToStage extends TreeToBuild {
  /** Absolute, in an enclosure as `stagedDirectoryName` names it; nothing may be in that. */
  directory: string;
  /** The directory it may copy from what is still as it was captured, and when that was begun. */
  live?: { path: string; capturedAt: Date };
}

export interface StageResult extends BuiltTree {
  /** What the directory is, as `identityOf` says. */
  inode: string;
}

/**
 * Builds a directory from a manifest's entries: contents, owners (as root), modes, modification times to
 * the nanosecond, links as links. When it resolves, all of it survives a power cut. Memory grows with
 * the number of directories, not with the number or size of files.
 *
 * Rejects, having removed what it built, with `EngineError('filestore-unwritable' | 'disk-full')`, with
 * `'snapshot-damaged'` for an entry that would lie outside of the directory, through a symbolic link or
 * twice at one place, with what `entries` or `read` throw, or with `signal.reason`.
 */
export async function stageFilestore(request: FilesToStage, context: WorkContext): Promise<StageResult> {
  const held = await HeldPath.make(request.directory);
  try {
    return await stageIn(held, request, context);
  } catch (error) {
    await removeHeld(held.at, Buffer.from(held.path)).catch(() => undefined);
    throw context.signal.aborted ? context.signal.reason : error;
  } finally {
    await held.closeAndTidy();
  }
}

async function stageIn(held: HeldPath, request: FilesToStage, context: WorkContext): Promise<StageResult> {
  const root = Buffer.from(held.path);
  await naming(root, () => mkdir(held.at, { mode: PRIVATE }));
  const handle = await naming(root, () => open(held.at as unknown as string, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  try {
    const live = await openLive(request, handle, context.signal);
    try {
      const built = await new TreeBuilder(root, handle, live, request, context).build();
      // What will be exchanged is this one, and no other that has its name by then.
      return { ...built, inode: identityIn(await handle.stat({ bigint: true })) };
    } finally {
      await live?.close();
    }
  } finally {
    await handle.close();
  }
}

/** Undefined when there is none, or it cannot be read: everything comes from the vault then. */
async function openLive(
  { live }: FilesToStage,
  target: FileHandle,
  signal: AbortSignal,
): Promise<LiveFiles | undefined> {
  if (!live) return undefined;
  return LiveFiles.open(live.path, live.capturedAt, target, signal).catch(() => undefined);
}

/**
 * Makes a directory that was built before, and is this one (`device:inode:birth`), into what other entries say: what is the same stays.
 * Rejects as `stageFilestore` does, and with `EngineError('filestore-tampered')` when it is another one; what became of it is not known then.
 */
export async function rebuildFilestore(
  request: TreeToBuild & { directory: string; identity: string; before: TreeBefore },
  context: WorkContext,
): Promise<BuiltTree> {
  const { directory, identity, before } = request;
  const held = await HeldPath.hold(directory);
  try {
    const stats = await held?.look();
    if (held === undefined || !stats?.isDirectory() || !isNoted(stats, identity))
      throw tamperedWith(directory, 'which was to be built upon, is not the one that was built before');
    const root = Buffer.from(held.path);
    await naming(root, () => chmod(held.at, PRIVATE));
    const handle = await naming(root, () => open(held.at as unknown as string, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    try {
      return await new TreeBuilder(root, handle, undefined, request, context, before).build();
    } finally {
      await handle.close();
    }
  } finally {
    await held?.close();
  }
}

import type { VaultReader } from '../../../vault/vault.js';
import { decodeRelativePath } from '../../filestore/paths/encoded-path.js';
import { isSettled, sealOf, sealsOf } from '../../filestore/scan/tree-seal.js';
import { contentsOf } from '../../filestore/staging/content-source.js';
import { rebuildFilestore } from '../../filestore/staging/stage-filestore.js';
import type { StagedEntry, TreeBefore } from '../../filestore/staging/tree-builder.js';
import { verifyFilestore } from '../../filestore/staging/verify-filestore.js';
import type { NotesSink } from '../../notes/restored-notes.js';
import type { WorkContext } from '../../progress.js';
import { filestoreEntries } from '../compare/manifest-survey.js';
import { noteFiles } from '../notes/note-files.js';
import type { BuiltDirectory } from './built-standby.js';
import { RefreshInDoubt } from './refresh-in-doubt.js';

/** More entries than this are not remembered, about 200 bytes each: the directory is built anew. */
const MOST_ENTRIES = 500_000;

export interface DirectoryRefresh {
  project: string;
  /** Which it holds. */
  heldSnapshotId: string;
  /** Which it is to hold. */
  snapshotId: string;
  vault: VaultReader;
  built: BuiltDirectory;
  /** See `StageRequest`. */
  notes?: NotesSink;
}

/**
 * Makes a directory that holds one snapshot into another one: touches what differs, and nothing else. What it has written is read again
 * and compared; of the rest it is shown that nothing in it has changed since it was compared, by a seal of that alone before and after.
 *
 * Rejects with `RefreshInDoubt`, or with what is wrong; either way nobody knows any more what is in the directory.
 */
export async function refreshDirectory(refresh: DirectoryRefresh, context: WorkContext): Promise<BuiltDirectory> {
  const { project, snapshotId, heldSnapshotId, vault, built, notes } = refresh;
  const { path: directory, identity } = built;
  const entries = () => filestoreEntries(vault, project, snapshotId);
  const before = await Before.read(filestoreEntries(vault, project, heldSnapshotId), entries());
  const stays = ({ path, kind }: { path: Buffer; kind: string }) => kind !== 'directory' && !before.touches(path);
  const { all, staying } = await sealsOf(directory, stays, context.signal, built.seal);
  if (all !== built.seal) throw new RefreshInDoubt('Something in the directory was changed.');

  const tree = { directory, identity, before, entries: entries(), contents: contentsOf(vault, project) };
  const { files, bytes } = await rebuildFilestore(tree, context);
  await isSettled(context.signal);
  const after = await sealsOf(directory, stays, context.signal, built.seal);
  if (after.staying !== staying) throw new RefreshInDoubt('Something in the directory was changed meanwhile.');
  await verifyFilestore(directory, before.touchedOf(entries()), context, identity);
  if (notes) await noteFiles(directory, notes, context.signal);
  if ((await sealOf(directory, context.signal, after.all)) !== after.all)
    throw new RefreshInDoubt('Something in the directory was changed while it was compared.');
  return { path: directory, identity, seal: after.all, files, bytes };
}

/** What a directory holds, against what it is to hold. */
class Before implements TreeBefore {
  readonly gone: Buffer[] = [];
  /** What goes with them. */
  private readonly lost = new Set<string>();

  private constructor(
    /** By path (latin1): what it is, in short. */
    private readonly held: ReadonlyMap<string, string>,
    private readonly touched: ReadonlySet<string>,
  ) {}

  static async read(held: AsyncIterable<StagedEntry>, wanted: AsyncIterable<StagedEntry>): Promise<Before> {
    const [before, after] = [await statesOf(held), await statesOf(wanted)];
    const touched = new Set<string>();
    for (const [path, state] of before) if (after.get(path) !== state) touched.add(path);
    for (const path of after.keys()) if (!before.has(path)) touched.add(path);
    const found = new Before(before, touched);
    // Parents come first in a manifest; with one that goes all of it goes.
    const going = new Set<string>();
    for (const [path, state] of before) {
      const next = after.get(path);
      if (next !== undefined && kindOf(next) === kindOf(state)) continue;
      const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
      if (!going.has(parent)) found.gone.push(Buffer.from(path, 'latin1'));
      going.add(path);
    }
    for (const path of going) found.lost.add(path);
    return found;
  }

  at(path: Buffer, entry: StagedEntry): 'same' | 'other' | 'free' {
    const key = path.toString('latin1');
    const state = this.lost.has(key) ? undefined : this.held.get(key);
    if (state === undefined) return 'free';
    return state === stateOf(entry) ? 'same' : 'other';
  }

  touches(path: Buffer): boolean {
    return this.touched.has(path.toString('latin1'));
  }

  /** Of entries those that were touched, and all directories: their times change with what is in them. */
  async *touchedOf(entries: AsyncIterable<StagedEntry>): AsyncIterable<StagedEntry> {
    for await (const entry of entries)
      if (entry.kind === 'directory' || this.touches(decodeRelativePath(entry.path))) yield entry;
  }
}

async function statesOf(entries: AsyncIterable<StagedEntry>): Promise<Map<string, string>> {
  const states = new Map<string, string>();
  for await (const entry of entries) {
    if (states.size >= MOST_ENTRIES) throw new RefreshInDoubt(`There are more than ${MOST_ENTRIES} files.`);
    states.set(decodeRelativePath(entry.path).toString('latin1'), stateOf(entry));
  }
  return states;
}

function stateOf(entry: StagedEntry): string {
  const { kind, mtimeNs } = entry;
  if (kind === 'symlink') return `${kind} ${mtimeNs} ${entry.uid} ${entry.gid} ${entry.target}`;
  const common = `${kind} ${mtimeNs} ${entry.uid} ${entry.gid} ${entry.mode}`;
  if (kind === 'directory') return common;
  return `${common} ${entry.content.bytes} ${entry.content.sha256} ${JSON.stringify(entry.sparse ?? null)}`;
}

function kindOf(state: string): string {
  return state.slice(0, state.indexOf(' '));
}

import { BackendError } from '../../vault/backend/backend-error.js';
import { plainFileIn } from '../../vault/manifests/file-line.js';
import { parseEntry } from '../../vault/manifests/manifest-parser.js';
import type { ManifestEntry } from '../../vault/manifests/manifest.js';
import { damagedManifest } from '../../vault/manifests/read-sealed-manifest.js';
import { VaultError } from '../../vault/vault-error.js';
import type { Vault } from '../../vault/vault.js';
import { inTurns } from '../concurrency/turns.js';
import { EngineError } from '../engine-error.js';
import { BaseFiles, type KnownFiles } from '../filestore/reading/base-files.js';
import { RestoredFiles } from '../notes/noted-files.js';
import { readNotedTables } from '../notes/noted-tables.js';
import type { RestoredNotes } from '../notes/restored-notes.js';
import { type DatabaseBase, DatabaseBaseReader } from './database/history/database-base.js';

/** About two hundred gigabytes of rows. */
const KEPT_SEGMENT_BYTES = 16 * 1024 * 1024;
const SEGMENTS_AT_ONCE = 256;

/** What a differential has to know of its base. */
export interface CaptureBase {
  database: DatabaseBase;
  files: KnownFiles;
}

/** A snapshot to build on. */
export interface BaseSnapshot {
  snapshotId: string;
  /**
   * Of the state that is captured, which was restored from this snapshot; left out when the snapshot was taken of it. Only with them may the
   * snapshot be a differential one: it names all it consists of, but what it says of tables and files is of another state.
   */
  notes?: RestoredNotes;
}

/**
 * Reads the base's manifest to its end. Rejects with `EngineError('base-unusable')` for a differential one without notes, with what
 * the vault or the notes throw, or with `signal.reason`.
 */
export async function readCaptureBase(
  vault: Vault,
  project: string,
  { snapshotId, notes }: BaseSnapshot,
  signal: AbortSignal,
): Promise<CaptureBase> {
  if (!notes) await requireFull(vault, project, snapshotId);
  const kept = new KeptSegments();
  // For the segments that are carried over, once they are known.
  const entries = () => kept.batches() ?? vault.readEntryBatches(project, snapshotId);
  const restored = notes && {
    ...(notes.lineage && { lineage: notes.lineage }),
    tables: await readNotedTables(notes),
  };
  const database = new DatabaseBaseReader(entries, restored);
  const files = notes ? await RestoredFiles.read(notes) : new BaseFiles();
  for await (const lines of vault.readLines(project, snapshotId)) {
    signal.throwIfAborted();
    for (const line of lines) {
      const text = line.toString('utf8');
      const plain = plainFileIn(text);
      if (plain) {
        files.addPlain(plain);
        continue;
      }
      const entry = entryIn(text, snapshotId);
      if (entry.kind === 'file') files.add(entry);
      else database.add(entry);
      if (entry.kind === 'segment') kept.add(line);
    }
  }
  return { database: database.finish(), files };
}

function entryIn(line: string, snapshotId: string): ManifestEntry {
  try {
    return parseEntry(JSON.parse(line));
  } catch (cause) {
    throw damagedManifest(snapshotId, cause);
  }
}

/** Lines of segments, so that a manifest need not be read twice; of a database of terabytes none, which take more than that. */
class KeptSegments {
  private lines: Buffer[] | undefined = [];
  private bytes = 0;

  add(line: Buffer): void {
    this.bytes += line.length;
    if (this.bytes > KEPT_SEGMENT_BYTES) this.lines = undefined;
    // Of its own: all that was read with it would stay in memory.
    else this.lines?.push(Buffer.from(line));
  }

  /** Undefined when they are too many. */
  batches(): AsyncIterable<ManifestEntry[]> | undefined {
    const { lines } = this;
    if (!lines) return undefined;
    return (async function* () {
      for await (const some of inTurns(lines, SEGMENTS_AT_ONCE))
        yield some.map((line) => parseEntry(JSON.parse(line.toString('utf8'))));
    })();
  }
}

/** What it says of tables and files may be what it carried over: of a state that was before. */
async function requireFull(vault: Vault, project: string, snapshotId: string): Promise<void> {
  const { baseSnapshotId } = await vault.readHeader(project, snapshotId);
  if (baseSnapshotId === undefined) return;
  throw new EngineError('base-unusable', `The snapshot ${snapshotId} is a differential one and cannot be a base.`);
}

/** The same failure in words that tell the caller what to do about it. */
export function explainUnusableBase(error: unknown, { base }: { base?: { snapshotId: string } }): unknown {
  // A full disk is one thing to the person who has to act, wherever it was noticed.
  if ((error instanceof VaultError || error instanceof BackendError) && error.code === 'disk-full') {
    return new EngineError('disk-full', error.message, { cause: error });
  }
  // It reads nothing of the vault but its base, so damage is the base's.
  if (base && error instanceof VaultError && error.isDamage) {
    const message = `The snapshot ${base.snapshotId} cannot be built on: ${error.message} Take a full one.`;
    return new EngineError('base-unusable', message, { cause: error });
  }
  return error;
}

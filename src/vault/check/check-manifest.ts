import { isBackendError } from '../backend/backend-error.js';
import type { ManifestRecord } from '../catalogue/catalogue-records.js';
import type { DataKey } from '../keys/data-key.js';
import type { ChunkReader } from '../reading/chunk-reader.js';
import type { ChunkRef, ContentRef } from '../manifests/content-ref.js';
import { readSealedManifest } from '../manifests/read-sealed-manifest.js';
import { mapConcurrently } from '../map-concurrently.js';
import { nameOf } from '../format/object-keys.js';
import { VaultError } from '../vault-error.js';
import type { VaultParts } from './check-parts.js';
import type { CheckedContents } from './checked-contents.js';
import { ContentNames, NamedContents } from './content-names.js';
import type { Damage } from './damage.js';
import type { FindingCode } from './finding.js';
import type { SeenChunks } from './seen-chunks.js';

const BATCH = 2_500;

/** What became of one published manifest. */
export interface ManifestDiagnosis {
  record: ManifestRecord;
  /** What is wrong with the object or its row. */
  problems: { code: FindingCode; message: string }[];
  /** Whether it can be read to its end. */
  readable: boolean;
  /** Chunks it needs that the catalogue does not have, or has with another length. */
  missing: number;
  /** Chunks that lie in none of the packs that the manifest is said to need: a collection may take them. */
  unsecured: number;
  /** The first of them. */
  example?: string;
  /** Chunks that cannot be read where the catalogue has them, by pack (hexadecimal). */
  unreadable: Map<string, number>;
  /** Contents that are not what their hash says, though all their chunks are whole. */
  wrong: NamedContents;
  /** Contents that could not be read, of which neither the catalogue nor a pack had shown that before; and why the last could not. */
  lost: NamedContents;
  lostBecause?: string;
}

/** What a check knows so far, beside the rows. */
export interface CheckFacts {
  damage: Damage;
  seen: SeenChunks;
  contents: CheckedContents;
  reader: ChunkReader;
}

/** Contents read side by side: each takes one or two groups of chunks in memory. */
const CONTENTS_AT_A_TIME = 4;

/**
 * Reads a published manifest to its end and looks whether every chunk can be had, and whether the contents chosen to be read
 * are what it says they are. Resolves to undefined when the
 * snapshot was deleted meanwhile; what looks wrong is looked at again first, and so is a manifest that was replaced.
 * Throws as the stores do.
 */
export async function checkManifest(
  parts: VaultParts,
  project: string,
  dataKey: DataKey,
  first: ManifestRecord,
  facts: CheckFacts,
  signal: AbortSignal,
): Promise<ManifestDiagnosis | undefined> {
  let record: ManifestRecord | null = first;
  for (let look = 1; ; look += 1) {
    if (record === null) return undefined;
    const diagnosis: ManifestDiagnosis = await readOnce(parts, project, dataKey, record, facts, signal);
    if (isWhole(diagnosis)) return diagnosis;
    const now: ManifestRecord | null = await parts.catalogue.findManifest(project, first.snapshotId);
    if (look > 1 && now?.objectKey === record.objectKey) return diagnosis;
    record = now;
  }
}

export function isHurt({ readable, missing, unreadable, wrong, lost }: ManifestDiagnosis): boolean {
  return !readable || missing > 0 || unreadable.size > 0 || wrong.count > 0 || lost.count > 0;
}

function isWhole(diagnosis: ManifestDiagnosis): boolean {
  return !isHurt(diagnosis) && diagnosis.problems.length === 0 && diagnosis.unsecured === 0;
}

async function readOnce(
  { backend, catalogue }: VaultParts,
  project: string,
  dataKey: DataKey,
  record: ManifestRecord,
  { damage, seen, contents, reader }: CheckFacts,
  signal: AbortSignal,
): Promise<ManifestDiagnosis> {
  const { snapshotId, objectKey } = record;
  const diagnosis: ManifestDiagnosis = {
    record,
    problems: [],
    readable: true,
    missing: 0,
    unsecured: 0,
    unreadable: new Map(),
    wrong: new NamedContents(),
    lost: new NamedContents(),
  };
  const settle = async (refs: readonly ChunkRef[]): Promise<void> => {
    const locations = await catalogue.locate(
      project,
      refs.map(({ id }) => Buffer.from(id, 'hex')),
    );
    for (const [index, ref] of refs.entries()) {
      const location = locations[index];
      const packId = location?.packId.toString('hex') ?? '';
      if (!location || location.plainBytes !== ref.bytes) {
        diagnosis.missing += 1;
        diagnosis.example ??= ref.id;
      } else if (damage.isUnreadableChunk(packId, ref.id)) {
        diagnosis.unreadable.set(packId, (diagnosis.unreadable.get(packId) ?? 0) + 1);
      } else {
        seen.add(ref);
      }
    }
  };
  const secure = async (ids: ReadonlySet<string>): Promise<void> => {
    const buffers = Array.from(ids, (id) => Buffer.from(id, 'hex'));
    diagnosis.unsecured += (await catalogue.unsecured(project, objectKey, buffers)).length;
  };
  /** Has its chunks looked up as they come, and gives the contents that have to be read. */
  const toRead = async function* (): AsyncGenerator<{ name: string; content: ContentRef }> {
    const names = new ContentNames();
    let batch = new Map<string, ChunkRef>();
    let named = new Set<string>();
    for await (const line of readSealedManifest(backend, dataKey, snapshotId, objectKey)) {
      signal.throwIfAborted();
      if (line.kind === 'header') continue;
      names.see(line);
      if (!('content' in line)) continue;
      const { content } = line;
      const look = contents.look(content);
      if (look === 'to-read') yield { name: names.of(line), content };
      else if (look === 'wrong') diagnosis.wrong.add(names.of(line));
      for (const ref of content.chunks) {
        named.add(ref.id);
        if (!seen.has(ref)) batch.set(ref.id, ref);
      }
      if (named.size < BATCH) continue;
      await settle([...batch.values()]);
      await secure(named);
      batch = new Map();
      named = new Set();
    }
    await settle([...batch.values()]);
    await secure(named);
  };
  diagnosis.problems.push(...rowProblems(project, record));
  try {
    const facts = await backend.stat(objectKey);
    if (facts !== null && facts.bytes !== record.bytes) {
      const message = `The manifest has ${facts.bytes} bytes, the catalogue says ${record.bytes}. Run a repair.`;
      diagnosis.problems.push({ code: 'manifest-row-wrong', message });
    }
    const verdicts = mapConcurrently(toRead(), CONTENTS_AT_A_TIME, async ({ name, content }) => ({
      name,
      verdict: await contents.examine(reader, content, signal),
    }));
    for await (const { name, verdict } of verdicts) {
      if (verdict === 'wrong') diagnosis.wrong.add(name);
      else if (verdict !== 'right') lose(diagnosis, name, verdict);
    }
  } catch (error) {
    diagnosis.readable = false;
    diagnosis.problems.push(unreadableManifest(error));
  }
  // Told already, with the chunk or the pack that is at fault.
  if (diagnosis.missing > 0 || diagnosis.unreadable.size > 0) diagnosis.lost = new NamedContents();
  return diagnosis;
}

function lose(diagnosis: ManifestDiagnosis, name: string, because: VaultError): void {
  diagnosis.lost.add(name);
  diagnosis.lostBecause = because.message;
}

function rowProblems(project: string, { snapshotId, objectKey }: ManifestRecord): ManifestDiagnosis['problems'] {
  const name = nameOf(objectKey);
  if (name.kind === 'manifest' && name.project === project && name.snapshotId === snapshotId) return [];
  return [
    {
      code: 'manifest-row-wrong',
      message: 'The catalogue names an object that is no manifest of this snapshot. Run a repair.',
    },
  ];
}

function unreadableManifest(error: unknown): ManifestDiagnosis['problems'][number] {
  if (isBackendError(error, 'invalid-key')) {
    return { code: 'manifest-row-wrong', message: 'The catalogue names an object that cannot exist. Run a repair.' };
  }
  if (!(error instanceof VaultError)) throw error;
  const code = error.code === 'manifest-missing' ? 'manifest-missing' : 'manifest-damaged';
  return {
    code,
    message: `${error.message} Restore the object from a copy, or run a repair: it looks for another attempt at this snapshot. If there is none, delete the snapshot.`,
  };
}

import { isBackendError } from '../backend/backend-error.js';
import type { ManifestRecord } from '../catalogue/catalogue.js';
import type { DataKey } from '../keys/data-key.js';
import type { ChunkRef } from '../manifest.js';
import { readSealedManifest } from '../manifests/read-sealed-manifest.js';
import { nameOf } from '../object-keys.js';
import { VaultError } from '../vault-error.js';
import type { VaultParts } from './check-parts.js';
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
  /** The first of them. */
  example?: string;
  /** Chunks that cannot be read where the catalogue has them, by pack (hexadecimal). */
  unreadable: Map<string, number>;
}

/**
 * Reads a published manifest to its end and looks whether every chunk can be had. Resolves to undefined when the
 * snapshot was deleted meanwhile; what looks wrong is looked at again first, and so is a manifest that was replaced.
 * Throws as the stores do.
 */
export async function checkManifest(
  parts: VaultParts,
  project: string,
  dataKey: DataKey,
  first: ManifestRecord,
  facts: { damage: Damage; seen: SeenChunks },
): Promise<ManifestDiagnosis | undefined> {
  let record: ManifestRecord | null = first;
  for (let look = 1; ; look += 1) {
    if (record === null) return undefined;
    const diagnosis: ManifestDiagnosis = await readOnce(parts, project, dataKey, record, facts);
    if (isWhole(diagnosis)) return diagnosis;
    const now: ManifestRecord | null = await parts.catalogue.findManifest(project, first.snapshotId);
    if (look > 1 && now?.objectKey === record.objectKey) return diagnosis;
    record = now;
  }
}

export function isHurt({ readable, missing, unreadable }: ManifestDiagnosis): boolean {
  return !readable || missing > 0 || unreadable.size > 0;
}

function isWhole(diagnosis: ManifestDiagnosis): boolean {
  return !isHurt(diagnosis) && diagnosis.problems.length === 0;
}

async function readOnce(
  { backend, catalogue }: VaultParts,
  project: string,
  dataKey: DataKey,
  record: ManifestRecord,
  { damage, seen }: { damage: Damage; seen: SeenChunks },
): Promise<ManifestDiagnosis> {
  const { snapshotId, objectKey } = record;
  const diagnosis: ManifestDiagnosis = { record, problems: [], readable: true, missing: 0, unreadable: new Map() };
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
      } else if (damage.isUnreadable(packId, ref.id)) {
        diagnosis.unreadable.set(packId, (diagnosis.unreadable.get(packId) ?? 0) + 1);
      } else {
        seen.add(ref);
      }
    }
  };
  diagnosis.problems.push(...rowProblems(project, record));
  try {
    const facts = await backend.stat(objectKey);
    if (facts !== null && facts.bytes !== record.bytes) {
      const message = `The manifest has ${facts.bytes} bytes, the catalogue says ${record.bytes}. Run a repair.`;
      diagnosis.problems.push({ code: 'manifest-row-wrong', message });
    }
    let batch = new Map<string, ChunkRef>();
    for await (const line of readSealedManifest(backend, dataKey, snapshotId, objectKey)) {
      if (!('content' in line)) continue;
      for (const ref of line.content.chunks) if (!seen.has(ref)) batch.set(ref.id, ref);
      if (batch.size < BATCH) continue;
      await settle([...batch.values()]);
      batch = new Map();
    }
    await settle([...batch.values()]);
  } catch (error) {
    diagnosis.readable = false;
    diagnosis.problems.push(unreadableManifest(error));
  }
  return diagnosis;
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

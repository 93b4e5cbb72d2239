import type { PackRecord } from '../catalogue/catalogue-records.js';
import type { DataKey } from '../keys/data-key.js';
import { mapConcurrently } from '../map-concurrently.js';
import type { VaultParts } from './check-parts.js';
import { examinePack, type PackDiagnosis } from './examine-pack.js';

/** Packs looked at side by side: what a bucket's answers take is waited for together. */
const AT_A_TIME = 4;

export interface CheckedPack {
  id: Buffer;
  read: boolean;
  /** Undefined for a pack that has gone meanwhile. */
  diagnosis?: PackDiagnosis;
}

/**
 * Every pack of the catalogue but those that are being deleted. One that looks wrong is looked at again before it is called so:
 * a collection may have taken it away meanwhile.
 */
export function examinePacks(
  parts: VaultParts,
  project: string,
  dataKey: DataKey,
  { reads, signal }: { reads: (packId: Buffer) => boolean; signal: AbortSignal },
): AsyncGenerator<CheckedPack> {
  return mapConcurrently(parts.catalogue.packsOf(project), AT_A_TIME, async (record) => {
    signal.throwIfAborted();
    const read = reads(record.id);
    const diagnosis = await examineTwice(parts, project, dataKey, record, read);
    return { id: record.id, read, ...(diagnosis === undefined ? {} : { diagnosis }) };
  });
}

async function examineTwice(
  { backend, catalogue }: VaultParts,
  project: string,
  dataKey: DataKey,
  first: PackRecord,
  read: boolean,
): Promise<PackDiagnosis | undefined> {
  let record: PackRecord | null = first;
  for (let look = 1; ; look += 1) {
    if (record === null || record.state === 'deleting') return undefined;
    const rows = await catalogue.chunksOf(project, record.id);
    const diagnosis = await examinePack(backend, project, dataKey, { record, rows, read });
    if (diagnosis.problems.length === 0) return diagnosis;
    // A fault that passes, or a row that changed, does not show twice; and what is gone now was not damaged.
    record = await catalogue.findPack(project, first.id);
    if (look > 1 && record !== null && record.state !== 'deleting') return diagnosis;
  }
}

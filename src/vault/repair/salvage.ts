import type { PackDiagnosis } from '../check/examine-pack.js';
import { isUnreadableChunk } from '../check/unreadable-chunks.js';
import type { VaultParts } from '../check/check-parts.js';
import type { ChunkLocation, ChunkLocator } from '../catalogue/catalogue.js';
import type { PackedChunk } from '../catalogue/catalogue-records.js';
import type { CollectionSession, LiveChunk } from '../catalogue/collection-session.js';
import { ProjectKeys } from '../keys/project-keys.js';
import { VaultObjects } from '../vault-objects.js';

export interface SalvageReport {
  /** Chunks that were copied into new packs. */
  copied: number;
  /** Chunks that cannot be read in their pack. They are no longer found there, so that captures store them again. */
  givenUp: number;
}

/**
 * Takes over from damaged packs: every chunk that can still be read is copied into a new pack and then forgotten in the old one, and
 * so are the chunks that cannot be read, which another pack may hold intact. No object is deleted. Killed at any point it
 * leaves each chunk where it was or in both places. Rejects as the stores do, and with
 * `CatalogueError('collection-running' | 'rebuilding')`.
 */
export async function salvage(
  parts: VaultParts,
  project: string,
  diagnoses: readonly PackDiagnosis[],
  signal: AbortSignal,
): Promise<SalvageReport> {
  const report = { copied: 0, givenUp: 0 };
  // Under the lock of collections: none may choose between two copies of a chunk while one of them is being given up.
  const session = await parts.catalogue.openCollection(project);
  try {
    for (const diagnosis of diagnoses) {
      const rows = await parts.catalogue.chunksOf(project, diagnosis.id);
      const isBad = ({ id }: PackedChunk): boolean => isUnreadableChunk(diagnosis.unreadable, id.toString('hex'));
      const copied = await copyOut(
        parts,
        session,
        project,
        diagnosis.id,
        rows.filter((row) => !isBad(row)),
        signal,
      );
      const bad = rows.filter(isBad).map(({ id }) => id);
      await parts.catalogue.forgetChunks(project, diagnosis.id, [...copied, ...bad]);
      report.copied += copied.length;
      report.givenUp += bad.length;
    }
  } finally {
    await session.close();
  }
  return report;
}

async function copyOut(
  { backend, masterKey }: VaultParts,
  session: CollectionSession,
  project: string,
  packId: Buffer,
  rows: readonly PackedChunk[],
  signal: AbortSignal,
): Promise<Buffer[]> {
  if (rows.length === 0) return [];
  const locator = new OnePack(packId, rows);
  const objects = new VaultObjects(backend, locator, new ProjectKeys(backend, masterKey));
  const copied: Buffer[] = [];
  for await (const { pack, chunks } of objects.rewrite(project, locator.all(), signal)) {
    await session.addPack(pack, chunks);
    copied.push(...chunks.map(({ id }) => id));
  }
  return copied;
}

/** Finds chunks in one pack only, wherever else they may be. */
class OnePack implements ChunkLocator {
  private readonly locations: ReadonlyMap<string, LiveChunk & ChunkLocation>;

  constructor(packId: Buffer, rows: readonly PackedChunk[]) {
    const located = rows.map((row) => [row.id.toString('latin1'), { ...row, packId, keyId: '' }] as const);
    this.locations = new Map(located);
  }

  async locate(_project: string, ids: readonly Buffer[]): Promise<(ChunkLocation | null)[]> {
    return ids.map((id) => this.locations.get(id.toString('latin1')) ?? null);
  }

  async *all(): AsyncGenerator<LiveChunk[]> {
    yield [...this.locations.values()];
  }
}

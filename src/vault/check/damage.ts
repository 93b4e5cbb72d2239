import type { PackDiagnosis } from './examine-pack.js';
import type { Finding } from './finding.js';
import { isUnreadableChunk } from './unreadable-chunks.js';

interface DamagedPack {
  diagnosis: PackDiagnosis;
  /** Numbers of the snapshots it hurts, rising. */
  hurt: number[];
}

/**
 * The packs a check found wanting, and which snapshots each of them hurts. In memory: the ids of the chunks that cannot be
 * read (about 100 bytes each), and eight bytes for each pair of a damaged pack and a snapshot it hurts. So a
 * vault of ten thousand snapshots that has lost a thousand packs takes under 100 MB.
 */
export class Damage {
  private readonly packs = new Map<string, DamagedPack>();
  private readonly snapshots: string[] = [];

  addPack(diagnosis: PackDiagnosis): void {
    this.packs.set(diagnosis.id.toString('hex'), { diagnosis, hurt: [] });
  }

  /** Whether a chunk cannot be read where the catalogue sends its readers. */
  isUnreadableChunk(packId: string, chunkId: string): boolean {
    return isUnreadableChunk(this.packs.get(packId)?.diagnosis.unreadable, chunkId);
  }

  /** Records the packs that hurt a snapshot, and says in sentences which these are. */
  hurts(snapshotId: string, chunksByPack: ReadonlyMap<string, number>): string[] {
    const number = this.snapshots.push(snapshotId) - 1;
    return [...chunksByPack].map(([packId, chunks]) => {
      const pack = this.packs.get(packId)!;
      pack.hurt.push(number);
      return `${chunks} of its chunks cannot be read in ${pack.diagnosis.key}.`;
    });
  }

  diagnoses(): PackDiagnosis[] {
    return [...this.packs.values()].map(({ diagnosis }) => diagnosis);
  }

  *findings(): Generator<Finding> {
    for (const { diagnosis, hurt } of this.packs.values()) {
      const snapshotIds = hurt.map((number) => this.snapshots[number]!);
      for (const { code, severity, message } of diagnosis.problems) {
        const hurts = severity === 'damage' && snapshotIds.length > 0;
        yield { severity, code, object: diagnosis.key, message, ...(hurts ? { snapshotIds } : {}) };
      }
    }
  }
}

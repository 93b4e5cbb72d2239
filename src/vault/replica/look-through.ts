import { nameOf, packsPrefix } from '../format/object-keys.js';
import { KeyError } from '../keys/key-error.js';
import { manifestsBySnapshot } from '../repair/manifest-candidates.js';
import type { PackObject } from '../catalogue/catalogue-records.js';
import { copyProjectKey } from './copy-project-key.js';
import { inStep } from './in-step.js';
import type { ReplicaParts } from './replica-parts.js';

export interface LookThrough {
  /** Manifests that nobody knew. */
  unknownSnapshots: number;
  /** Manifests and packs that are known and not there. */
  lostObjects: number;
}

/**
 * Compares what is known of a project in the replica with what lies there, by its listing, and brings the project's key up to date. What
 * lies there and nobody knows is taken note of: a snapshot stays for its time, a pack goes unless something needs it. What is known and
 * does not lie there is copied again. Manifests come first: a pack without one of whose snapshots it is not known what they need would go.
 */
export async function lookThrough(parts: ReplicaParts, project: string, signal: AbortSignal): Promise<LookThrough> {
  const seen: LookThrough = { unknownSnapshots: 0, lostObjects: 0 };
  // First: nothing there is ours when it is of another key.
  await refreshKey(parts, project);
  await compareManifests(parts, project, seen, signal);
  await comparePacks(parts, project, seen, signal);
  return seen;
}

async function compareManifests(
  { replica, ledger }: ReplicaParts,
  project: string,
  seen: LookThrough,
  signal: AbortSignal,
): Promise<void> {
  const pairs = inStep(
    manifestsBySnapshot({ backend: replica }, project),
    ledger.snapshotsOf(project),
    ({ snapshotId }) => snapshotId,
    ({ snapshotId }) => snapshotId,
  );
  for await (const [listed, known] of pairs) {
    signal.throwIfAborted();
    if (listed !== undefined && known === undefined) {
      await ledger.adopt(project, listed.snapshotId);
      seen.unknownSnapshots += 1;
    } else if (listed === undefined && known?.copied === true) {
      await ledger.lost(project, known.snapshotId);
      seen.lostObjects += 1;
    }
  }
}

async function comparePacks(
  { replica, ledger }: ReplicaParts,
  project: string,
  seen: LookThrough,
  signal: AbortSignal,
): Promise<void> {
  const name = ({ id }: PackObject) => id.toString('hex');
  for await (const [listed, known] of inStep(packsIn(replica, project), ledger.packsOf(project), name, name)) {
    signal.throwIfAborted();
    if (listed !== undefined && known === undefined) await ledger.adoptPack(project, listed);
    else if (known?.arrived === true && listed?.bytes !== known.bytes) {
      await ledger.lostPack(project, known.id);
      seen.lostObjects += 1;
    }
  }
}

async function* packsIn(replica: ReplicaParts['replica'], project: string): AsyncGenerator<PackObject> {
  for await (const { key, bytes } of replica.list(packsPrefix(project))) {
    const name = nameOf(key);
    if (name.kind === 'pack') yield { id: Buffer.from(name.packId, 'hex'), bytes };
  }
}

/** Of a project that the vault has no more the key stays as it is. What is wrong with the vault's own is said by who copies the next snapshot. */
async function refreshKey(parts: ReplicaParts, project: string): Promise<void> {
  await copyProjectKey(parts, project).catch((error: unknown) => {
    if (!(error instanceof KeyError)) throw error;
  });
}

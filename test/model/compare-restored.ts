import { restoreDatabase } from '../../src/engine/restore/database/restore-database.js';
import type { Cluster, Scratch } from './cluster.js';
import { Difference } from './compare-snapshots.js';
import { type Contents, contentsOf } from './contents.js';
import { readSnapshot } from './read-snapshot.js';
import { quietly, type TakenSnapshot } from './snapshots.js';

/** Restores both and holds what comes of them against the live database. Throws a `Difference`. */
export async function compareRestored(
  cluster: Cluster,
  differential: TakenSnapshot,
  full: TakenSnapshot,
  directory: string,
): Promise<void> {
  const live = await contentsOf(cluster.live);
  await Promise.all([
    restoreAndCompare(cluster, 'scratch_differential', differential, live, directory),
    restoreAndCompare(cluster, 'scratch_full', full, live, directory),
  ]);
}

async function restoreAndCompare(
  cluster: Cluster,
  name: Scratch,
  { place, snapshotId, ...snapshot }: TakenSnapshot,
  live: Contents,
  temporaryDirectory: string,
): Promise<void> {
  const address = await cluster.emptyScratch(name);
  const { survey } = await readSnapshot({ place, snapshotId, ...snapshot });
  const { vault, project } = place;
  const what = { project, snapshotId, vault, survey, address, temporaryDirectory, lanes: 2 };
  await restoreDatabase(
    { ...what, serverMajor: cluster.major, keepOwnersAndPrivileges: true, verification: 'all' },
    quietly,
  );
  requireSame(name, await contentsOf(address), live);
  await cluster.dropScratch(name);
}

function requireSame(name: string, found: Contents, live: Contents): void {
  for (const what of new Set([...Object.keys(live), ...Object.keys(found)])) {
    const [one, other] = [text(found[what]), text(live[what])];
    if (one === other) continue;
    throw new Difference(`${what} restored into ${name} differ from the live database's: ${firstLines(one, other)}`);
  }
}

const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value)) ?? 'missing';

function firstLines(found: string, live: string): string {
  const [one, other] = [found.split('\n'), live.split('\n')];
  const at = one.findIndex((line, index) => line !== other[index]);
  const from = Math.max(0, at - 4);
  return `\nrestored:\n${one.slice(from, at + 8).join('\n')}\nlive:\n${other.slice(from, at + 8).join('\n')}`;
}

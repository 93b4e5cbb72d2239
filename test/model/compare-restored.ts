import { restoreInto } from '../harness/restore-into.js';
import type { Cluster, Scratch } from './cluster.js';
import { Difference } from './compare-snapshots.js';
import { type Contents, contentsOf } from './contents.js';
import { checkIndexes } from './check-indexes.js';
import { readSnapshot } from './read-snapshot.js';
import { restorePlainly } from './restore-plainly.js';
import { quietly, type TakenSnapshot } from './snapshots.js';

/**
 * Restores both and holds what comes of them against the live database. Throws a `Difference`, unless `pg_dump` and
 * `pg_restore` by themselves leave the same one; resolves to what those left, in words.
 */
export async function compareRestored(
  cluster: Cluster,
  differential: TakenSnapshot,
  full: TakenSnapshot,
  directory: string,
): Promise<string[]> {
  const live = await contentsOf(cluster.live);
  const restored = await Promise.all([
    restore(cluster, 'scratch_differential', differential, directory),
    restore(cluster, 'scratch_full', full, directory),
  ]);
  const failures = restored.map((outcome) =>
    'error' in outcome ? { ...outcome, words: 'it could not be restored' } : difference(outcome.contents, live),
  );
  if (failures.every((failure) => failure === undefined)) return [];
  const plain = await restorePlainly(cluster, directory);
  const excused: string[] = [];
  for (const [index, failure] of failures.entries()) {
    if (!failure) continue;
    if ('error' in failure) {
      if (!('refusal' in plain)) throw failure.error;
      excused.push(`pg_restore cannot either: ${words(failure.error)} (pg_restore: ${plain.refusal.slice(0, 600)})`);
      continue;
    }
    const outcome = restored[index]!;
    const same = 'contents' in plain && 'contents' in outcome && !difference(outcome.contents, plain.contents);
    if (!same) throw new Difference(`restored from the ${index === 0 ? 'differential' : 'full'} one, ${failure.words}`);
    excused.push('definitions that pg_restore brings back as others');
  }
  return excused;
}

async function restore(
  cluster: Cluster,
  name: Scratch,
  snapshot: TakenSnapshot,
  temporaryDirectory: string,
): Promise<{ contents: Contents } | { error: unknown }> {
  const address = await cluster.emptyScratch(name);
  const { snapshotId, place } = snapshot;
  const { survey } = await readSnapshot(snapshot);
  const what = { ...place, snapshotId, survey, address, temporaryDirectory, sessions: 2, serverMajor: cluster.major };
  try {
    await restoreInto({ ...what, keepOwnersAndPrivileges: true, verification: 'all' }, quietly);
    const contents = await contentsOf(address);
    await checkIndexes(address);
    return { contents };
  } catch (error) {
    return { error };
  } finally {
    await cluster.dropScratch(name);
  }
}

function difference(found: Contents, live: Contents): { words: string } | undefined {
  for (const what of new Set([...Object.keys(live), ...Object.keys(found)])) {
    const [one, other] = [text(found[what]), text(live[what])];
    if (one !== other) return { words: `${what} differ: ${firstLines(one, other)}` };
  }
  return undefined;
}

const words = (error: unknown) => (error instanceof Error ? error.message.slice(0, 600) : String(error));

const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value)) ?? 'missing';

function firstLines(found: string, live: string): string {
  const [one, other] = [found.split('\n'), live.split('\n')];
  const at = one.findIndex((line, index) => line !== other[index]);
  const from = Math.max(0, at - 4);
  return `\nrestored:\n${one.slice(from, at + 8).join('\n')}\nlive:\n${other.slice(from, at + 8).join('\n')}`;
}

import type { Environment, Snapback, Snapshot } from '../../sdk/typescript/index.js';
import { notFound, refused, usage } from '../outcome/outcome-error.js';
import { beginsWith, isId, theOne } from './matching.js';
import { timeOf } from './time-of.js';

/** How a snapshot may be named; the text of `--help`. */
export const SNAPSHOT_NAMES =
  'its id, the beginning of it, its label, "latest", or "@2026-11-20T10:00" for the newest taken by then';

const PAGE = { pageSize: 100 };
/** Labels and beginnings of ids are looked for among so many of the newest: a list may be a million long. */
const LOOKED_AT = 2_000;

export type SnapshotsOf = Pick<Snapback['snapshots'], 'list' | 'view'>;

/** The snapshot of an environment that a text names. */
export async function findSnapshot(snapshots: SnapshotsOf, environment: Environment, asked: string): Promise<Snapshot> {
  if (isId(asked)) return snapshots.view(environment.id, asked);
  if (asked === 'latest') return latest(snapshots, environment);
  if (asked.startsWith('@')) return newestBy(snapshots, environment, asked.slice(1));
  const matching: Snapshot[] = [];
  const labels = new Set<string>();
  let looked = 0;
  for await (const snapshot of snapshots.list(environment.id, {}, PAGE)) {
    if (snapshot.label === asked || beginsWith(snapshot.id, asked)) matching.push(snapshot);
    if (typeof snapshot.label === 'string') labels.add(snapshot.label);
    if ((looked += 1) >= LOOKED_AT) break;
  }
  const where = looked >= LOOKED_AT ? ` among the newest ${LOOKED_AT}` : '';
  const candidates = matching.map((thing) => ({
    thing,
    told: `${thing.id} (${thing.label ?? 'no label'}, ${thing.createdAt})`,
  }));
  return theOne(`snapshot of ${environment.name}${where}`, asked, candidates, [...labels]);
}

/** What a rollback goes to unless told: the newest that was restored and compared. That of a state which was swapped out is not meant. */
export async function newestProven(snapshots: SnapshotsOf, environment: Environment): Promise<Snapshot> {
  const found = await firstOf(snapshots, environment, { status: 'completed', restorability: 'proven' }, isMeant);
  if (found !== undefined) return found;
  throw refused(
    `No snapshot of ${environment.name} is proven. Name one, "latest" for the newest, or prove it first: snapback snapshot verify latest --wait`,
  );
}

/** Undefined where there is none. Those of states that were swapped out do not count. */
export function newestCompleted(snapshots: SnapshotsOf, environment: Environment): Promise<Snapshot | undefined> {
  return firstOf(snapshots, environment, { status: 'completed' }, isMeant);
}

async function latest(snapshots: SnapshotsOf, environment: Environment): Promise<Snapshot> {
  const found = await newestCompleted(snapshots, environment);
  if (found !== undefined) return found;
  throw notFound(`${environment.name} has no completed snapshot; take one: snapback snapshot create --wait`);
}

/** The newest that was begun at that time or before: of one that waited for its turn until later, the content is later. */
async function newestBy(snapshots: SnapshotsOf, environment: Environment, text: string): Promise<Snapshot> {
  const time = timeOf(text);
  if (time === undefined)
    throw usage(`"@${text}" is no time; write it as @2026-11-20T10:00, with Z at its end for UTC.`);
  const taken = ({ startedAt, createdAt }: Snapshot) => Date.parse(startedAt ?? createdAt);
  const found = await firstOf(
    snapshots,
    environment,
    { status: 'completed' },
    (snapshot) => taken(snapshot) <= time && isMeant(snapshot) && snapshot.restorability?.state !== 'refuted',
  );
  if (found !== undefined) return found;
  throw notFound(`${environment.name} has no usable snapshot that was taken by ${new Date(time).toISOString()}.`);
}

async function firstOf(
  snapshots: SnapshotsOf,
  environment: Environment,
  filters: Parameters<SnapshotsOf['list']>[1],
  wanted: (snapshot: Snapshot) => boolean,
): Promise<Snapshot | undefined> {
  for await (const snapshot of snapshots.list(environment.id, filters, PAGE)) if (wanted(snapshot)) return snapshot;
  return undefined;
}

function isMeant({ trigger }: Snapshot): boolean {
  return trigger !== 'safety';
}

import { isDeepStrictEqual } from 'node:util';
import { withoutMoment } from './archive-moment.js';
import { readContent, readRows, readSnapshot, type SnapshotContents } from './read-snapshot.js';
import type { TakenSnapshot } from './snapshots.js';

/** A differential that is not what a full snapshot of the same state is; the message says where. */
export class Difference extends Error {}

/**
 * Holds a differential against a full snapshot of the same state, as their manifests and contents have it: tables, their
 * rows in their order, sequences, materialised views, definitions. Throws a `Difference`. `inAnyOrder`: a restore does not keep the order of
 * rows, and what is carried over from before it has another one.
 */
export async function compareSnapshots(
  differential: TakenSnapshot,
  full: TakenSnapshot,
  { inAnyOrder = false } = {},
): Promise<SnapshotContents> {
  const [found, expected] = [await readSnapshot(differential), await readSnapshot(full)];
  same('tables', [...found.tables.keys()], [...expected.tables.keys()]);
  for (const [name, { entry, segments }] of found.tables) {
    const other = expected.tables.get(name)!;
    same(`columns of ${name}`, [entry.columns, entry.condition], [other.entry.columns, other.entry.condition]);
    same(`fingerprint of ${name}`, entry.fingerprint, other.entry.fingerprint);
    const rows = (of: typeof segments) => of.reduce((sum, { rows }) => sum + rows, 0);
    same(`number of rows of ${name}`, rows(segments), rows(other.segments));
    const texts = [await readRows(differential, segments), await readRows(full, other.segments)];
    const [text, otherText] = (inAnyOrder ? texts.map(sortLines) : texts) as [Buffer, Buffer];
    if (!text.equals(otherText)) throw new Difference(`rows of ${name} differ: ${firstDifference(text, otherText)}`);
    if (entry.reason !== undefined && segments.some(({ carriedOver }) => carriedOver))
      throw new Difference(`${name} was read because "${entry.reason}", and has segments that were not read`);
  }
  same('sequences', found.survey.sequences, expected.survey.sequences);
  same('materialised views', found.survey.materializedViews, expected.survey.materializedViews);
  same('properties', found.survey.database.properties, expected.survey.database.properties);
  const archives = [differential, full].map((snapshot, index) =>
    readContent(snapshot, (index === 0 ? found : expected).survey.database.content),
  );
  const [archive, otherArchive] = (await Promise.all(archives)).map(withoutMoment);
  if (!archive!.equals(otherArchive!))
    throw new Difference(`definitions differ: ${firstDifference(archive!, otherArchive!)}`);
  return found;
}

function same(what: string, found: unknown, expected: unknown): void {
  if (isDeepStrictEqual(found, expected)) return;
  throw new Difference(`${what} differ: ${JSON.stringify(found)} and, in the full one, ${JSON.stringify(expected)}`);
}

/** Each byte is a character, in whatever encoding; a line of COPY text has no line feed in it. */
function sortLines(text: Buffer): Buffer {
  return Buffer.from(text.toString('latin1').split('\n').toSorted().join('\n'), 'latin1');
}

function firstDifference(found: Buffer, expected: Buffer): string {
  let at = 0;
  while (at < found.length && found[at] === expected[at]) at += 1;
  const around = (bytes: Buffer) => JSON.stringify(bytes.subarray(Math.max(0, at - 80), at + 80).toString('latin1'));
  return `at byte ${at} of ${found.length} and ${expected.length}: ${around(found)} and, in the full one, ${around(expected)}`;
}

import type { Client } from 'pg';
import type { ContentsEntry } from '../../../../vault/manifests/manifest-database.js';
import { isRefusal } from '../../../postgres/connection/postgres-errors.js';
import {
  addDigests,
  addIfKnown,
  digestStatement,
  outsideCondition,
  type RowsDigest,
} from '../../../postgres/sql/rows-digest.js';
import { nameSome } from '../../../name-some.js';
import type { SurveyedTable } from '../order/database-survey.js';
import { type BuildSessions, onSessions } from '../build-sessions.js';
import type { LoadOrder } from '../order/load-order.js';
import type { RestoreWarning } from '../restore-warning.js';
import type { SecondTry } from '../definitions/second-try.js';
import { qualifiedName } from '../../../postgres/sql/quote.js';

/** Of what differs; the others are counted. */
const NAMED = 20;

/**
 * Compares generated values with those that were captured. They are worked out anew as their rows come in, and what somebody's
 * function says may have changed. Partitions whose rows went through a root are compared together. `tables`: all. Resolves to those,
 * by `qualifiedName`, that have other values, or may have. Rejects with the driver's error.
 */
export async function compareGenerated(
  sessions: BuildSessions,
  secondTry: SecondTry,
  tables: readonly SurveyedTable[],
  order: LoadOrder,
): Promise<{ warnings: RestoreWarning[]; otherValues: Set<string> }> {
  const groups = Map.groupBy(
    tables.filter(({ generated }) => generated !== undefined),
    (table) => qualifiedName(order.throughRoot.get(qualifiedName(table)) ?? table),
  );
  const differing: string[] = [];
  const otherValues = new Set<string>();
  const left = groups.values();
  await onSessions(sessions, async (session, signal) => {
    for (const group of left) {
      signal.throwIfAborted();
      // A table whose rows were not in this state together has no digest: it was captured by an older version.
      const expected = group.reduce<string | undefined>(
        (sum, { generatedDigest }) => addIfKnown(sum, generatedDigest),
        '0',
      );
      if (expected === undefined) {
        for (const table of group) otherValues.add(qualifiedName(table));
        continue;
      }
      const client = await session.for('reading');
      let found = '0';
      for (const table of group) {
        const columns = [...table.columns, ...table.generated!];
        const statement = digestStatement({ ...table, columns }, table.condition ? `WHERE ${table.condition}` : '');
        found = addDigests(found, (await digestOf(client, secondTry, table, statement)).digest);
      }
      if (found === expected) continue;
      differing.push(qualifiedName(group[0]!));
      for (const table of group) otherValues.add(qualifiedName(table));
    }
  });
  if (differing.length === 0) return { warnings: [], otherValues };
  const message = `Generated columns have other values than were captured, since what they are worked out with has changed: ${listed(differing)}.`;
  return { warnings: [{ code: 'generated-values-differ', message, weight: 'disproves' }], otherValues };
}

/**
 * Compares what comes back from elsewhere with what there was: materialised views are filled anew, and some rows of
 * extensions' tables come from the extension. A difference is no fault of the snapshot. Rejects with the loss of the connection.
 */
export async function compareContents(
  sessions: BuildSessions,
  secondTry: SecondTry,
  contents: readonly ContentsEntry[],
): Promise<RestoreWarning[]> {
  const differing: Record<ContentsEntry['of'], string[]> = { 'materialized-view': [], 'extension-table': [] };
  const left = contents.values();
  await onSessions(sessions, async (session, signal) => {
    for (const entry of left) {
      signal.throwIfAborted();
      const client = await session.for('reading');
      const where = entry.condition === undefined ? '' : outsideCondition(entry.condition);
      try {
        const found = await digestOf(client, secondTry, entry, digestStatement(entry, where));
        if (Number(found.rows) === entry.rows && found.digest === entry.digest) continue;
      } catch (error) {
        // One that could not be filled, or is not there in this version of its extension, is said by others.
        if (!isRefusal(error)) throw error;
        continue;
      }
      differing[entry.of].push(qualifiedName(entry));
    }
  });
  const warnings: RestoreWarning[] = [];
  if (differing['materialized-view'].length > 0) {
    const message = `Materialised views were filled anew, and have other rows than when the snapshot was taken: ${listed(differing['materialized-view'])}.`;
    warnings.push({ code: 'materialized-views-differ', message });
  }
  if (differing['extension-table'].length > 0) {
    const message = `Tables of extensions have the rows that come with the extension, and not those that somebody had changed: ${listed(differing['extension-table'])}.`;
    warnings.push({ code: 'extension-rows-differ', message });
  }
  return warnings;
}

async function digestOf(
  client: Client,
  secondTry: SecondTry,
  { schema, name }: { schema: string; name: string },
  statement: string,
): Promise<RowsDigest> {
  return secondTry.run(client, `rows of ${schema}.${name}`, async () => {
    const { rows } = await client.query<RowsDigest>(statement);
    return rows[0]!;
  });
}

function listed(names: readonly string[]): string {
  return nameSome(names.toSorted(), { most: NAMED });
}

import type { Client } from 'pg';
import type { SegmentEntry } from '../../../vault/manifests/manifest-database.js';
import type { VaultReader } from '../../../vault/vault.js';
import type { DatabaseAddress } from '../../postgres/connection/database-address.js';
import { quoteIdentifier, qualifiedName } from '../../postgres/sql/quote.js';
import { QuietTriggers } from '../database/definitions/quiet-triggers.js';
import type { SecondTry } from '../database/definitions/second-try.js';
import type { DatabaseSurvey, SurveyedTable } from '../database/order/database-survey.js';
import type { CopiedTable } from '../database/order/table-sql.js';
import type { RestoreWarning } from '../database/restore-warning.js';
import { newMultisetKey, MultisetHash } from '../../multiset-hash.js';
import { loadSegment } from '../database/rows/table-load.js';
import type { ChangedSegments } from './changed-segments.js';
import { planRows, type RowsPlan } from './plan-rows.js';
import { type ReplacedRows, replaceRows } from './replace-rows.js';

export interface ChangesToLoad {
  project: string;
  vault: VaultReader;
  /** The server's. */
  address: DatabaseAddress;
  survey: DatabaseSurvey;
  changes: readonly ChangedSegments[];
}

/** What was done to a table: rows replaced in part, or all of them loaded, of which there is a hash then. */
export type LoadedRows = { change: ChangedSegments } & ({ replaced: ReplacedRows } | { hash: MultisetHash });

/**
 * Makes the rows of tables those of another snapshot, without triggers, and without the foreign keys that would be in the way meanwhile.
 * `client`: set for writing. Rejects with `RefreshInDoubt`, as `loadSegment` does, or with the server's error.
 */
export async function loadChanges(
  client: Client,
  what: ChangesToLoad,
  { secondTry, warn }: { secondTry: SecondTry; warn: (warning: RestoreWarning) => void },
): Promise<LoadedRows[]> {
  const { changes, survey } = what;
  const plans = await planRows(client, changes, survey.dataBytes);
  const names = changes.map(({ wanted }) => qualifiedName(wanted));
  const whole = plans.filter(({ key }) => !key).map(({ change: { wanted } }) => qualifiedName(wanted));
  const triggers = await QuietTriggers.silence(client, new Set(names));
  triggers.warnings.forEach(warn);
  const { rows: keys } = await client.query<ForeignKey>(FOREIGN_KEYS, [names, whole]);
  for (const { table, name } of keys)
    await client.query(`ALTER TABLE ${table} DROP CONSTRAINT ${quoteIdentifier(name)}`);
  const rows = new RowsLoad(client, what, secondTry);
  const loaded: LoadedRows[] = [];
  for (const plan of plans) loaded.push(await rows.load(plan));
  for (const { table, name, definition } of keys)
    await client.query(`ALTER TABLE ${table} ADD CONSTRAINT ${quoteIdentifier(name)} ${definition}`);
  await triggers.wake(client);
  return loaded;
}

class RowsLoad {
  private readonly none = new MultisetHash(newMultisetKey());

  constructor(
    private readonly client: Client,
    private readonly what: ChangesToLoad,
    private readonly secondTry: SecondTry,
  ) {}

  async load({ change, key }: RowsPlan): Promise<LoadedRows> {
    if (key) {
      const load = (segment: SegmentEntry, beside: CopiedTable) => this.segment(change.wanted, segment, beside);
      const { encoding } = this.what.survey.database.properties;
      return { change, replaced: await replaceRows(this.client, { change, key }, { load, none: this.none, encoding }) };
    }
    const hash = this.none.another();
    await this.client.query(`TRUNCATE ONLY ${qualifiedName(change.wanted)}`);
    for (const segment of change.segments) hash.add(await this.segment(change.wanted, segment));
    return { change, hash };
  }

  private async segment(table: SurveyedTable, segment: SegmentEntry, into: CopiedTable = table): Promise<MultisetHash> {
    const { vault, project, survey, address } = this.what;
    const { encoding } = survey.database.properties;
    return this.secondTry.run(this.client, `table ${table.schema}.${table.name}`, async () => {
      const hash = this.none.another();
      const content = vault.readContent(project, segment.content);
      const load = { table, into, segment, content, encoding, hash, onBytes: () => undefined };
      await loadSegment(this.client, address, load);
      return hash;
    });
  }
}

interface ForeignKey {
  table: string;
  name: string;
  definition: string;
}

/**
 * Those that would be in the way: to these tables ($1: qualified names), whose rows come and go in any order, and of those of which all rows are
 * loaded ($2), which would be checked one by one. The definition says whether it was validated, and when it is checked.
 */
const FOREIGN_KEYS = `
  SELECT c.conrelid::pg_catalog.regclass::text AS table, c.conname::text AS name, pg_catalog.pg_get_constraintdef(c.oid) AS definition
    FROM pg_catalog.pg_constraint c
   WHERE c.contype = 'f' AND (c.conrelid = ANY ($2::pg_catalog.regclass[]) OR c.confrelid = ANY ($1::pg_catalog.regclass[]))
   ORDER BY c.oid`;

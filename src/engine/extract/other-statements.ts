import type { MaterializedViewEntry, SequenceEntry } from '../../vault/manifests/manifest-database.js';
import type { SurveyedTable } from '../restore/database/order/database-survey.js';
import { sequenceStatements } from '../restore/database/definitions/complete-database.js';
import { BEFORE_ROWS } from '../restore/database/definitions/quiet-triggers.js';
import { qualifiedName } from '../postgres/sql/quote.js';
import { copyField, escapedForPrintf } from './psql-text.js';

export function sequencesSql(sequences: readonly SequenceEntry[]): string {
  return [...sequenceStatements(sequences)].map((statement) => `${statement};\n`).join('');
}

/** A line for each view, in the order in which they can be refreshed: the statement, for bash's `printf %b`. */
export function viewLines(views: readonly MaterializedViewEntry[]): string {
  return views.map((view) => `${escapedForPrintf(`REFRESH MATERIALIZED VIEW ${qualifiedName(view)};`)}\n`).join('');
}

/**
 * A script for psql that silences the triggers which exist before rows do, because an extension made them with its tables, and
 * prints, for bash's `printf %b`, what wakes each again.
 */
export function triggersSql(tables: readonly SurveyedTable[]): string {
  const lines = tables.map((table) => `${[table.schema, table.name].map(copyField).join('\t')}\n`).join('');
  return `CREATE TEMPORARY TABLE snapback_names (schema text, name text);
COPY pg_temp.snapback_names FROM stdin WITH (ENCODING 'UTF8');
${lines}\\.
CREATE TEMPORARY TABLE snapback_triggers AS
  SELECT before.* FROM (${BEFORE_ROWS}) before JOIN pg_temp.snapback_names USING (schema, name);
SELECT pg_catalog.regexp_replace(pg_catalog.encode(pg_catalog.convert_to(
         pg_catalog.format('ALTER TABLE %I.%I ENABLE %s TRIGGER %I;', schema, name,
           CASE state WHEN 'R' THEN 'REPLICA' WHEN 'A' THEN 'ALWAYS' ELSE '' END, trigger), 'UTF8'), 'hex'), '(..)', '\\\\x\\1', 'g')
  FROM pg_temp.snapback_triggers;
SELECT pg_catalog.format('ALTER TABLE %I.%I DISABLE TRIGGER %I', schema, name, trigger) FROM pg_temp.snapback_triggers
\\gexec
`;
}

import type { TableEntry } from '../../../vault/manifest-database.js';
import type { NumberedTable } from './segment-tasks.js';

/** A table as the manifest has it. */
export function tableEntry({ table, source, fingerprint, reason }: NumberedTable): TableEntry {
  const condition = source.extensionCondition?.trim().replace(/^where\b\s*/i, '');
  return {
    kind: 'table',
    table,
    schema: source.schema,
    name: source.name,
    columns: source.columns,
    ...(condition && { condition }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(reason !== undefined && { reason }),
  };
}

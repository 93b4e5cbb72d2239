import type { TableEntry } from '../../../../vault/manifests/manifest-database.js';
import { bareCondition } from './inventory.js';
import type { NumberedTable } from '../segments/segment-tasks.js';

/** A table as the manifest has it. */
export function tableEntry({ table, source, fingerprint, reason }: NumberedTable): TableEntry {
  const condition = source.extensionCondition === null ? '' : bareCondition(source.extensionCondition);
  return {
    kind: 'table',
    table,
    schema: source.schema,
    name: source.name,
    columns: source.columns,
    ...(source.generated.length > 0 && { generated: source.generated }),
    ...(condition !== '' && { condition }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(reason !== undefined && { reason }),
  };
}

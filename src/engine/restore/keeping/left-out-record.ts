import { isUtf8 } from 'node:buffer';
import type { MaterializedViewEntry } from '../../../vault/manifests/manifest-database.js';
import type { VaultReader } from '../../../vault/vault.js';
import { type Exclusion, NOTHING_EXCLUDED } from '../../exclusion/exclusion.js';
import { decodeRelativePath } from '../../filestore/paths/encoded-path.js';

/** Each of them is compared with every path there is. */
const MOST_UNREADABLE = 100;

/** What a manifest says was there and is not in the snapshot. */
export interface LeftOutRecord {
  rules: Exclusion;
  /** By schema and name. */
  rowsOf: { schema: string; name: string }[];
  tables: { schema: string; name: string }[];
  /** Paths that nobody could read, in text: the first hundred of those that are text, and how many all are. */
  unreadable: string[];
  unreadableCount: number;
  /** In the order in which they can be refreshed. */
  views: MaterializedViewEntry[];
}

/** Reads a manifest to its end. Throws what the vault throws. */
export async function readLeftOutRecord(
  vault: VaultReader,
  project: string,
  snapshotId: string,
): Promise<LeftOutRecord> {
  const record: LeftOutRecord = {
    ...{ rules: NOTHING_EXCLUDED, rowsOf: [], tables: [], views: [] },
    ...{ unreadable: [], unreadableCount: 0 },
  };
  for await (const entry of vault.readEntries(project, snapshotId)) {
    if (entry.kind === 'exclusion') record.rules = entry;
    else if (entry.kind === 'materialized-view') record.views.push(entry);
    else if (entry.kind === 'left-out' && entry.of === 'unreadable') {
      record.unreadableCount += 1;
      const path = decodeRelativePath(entry.path);
      if (record.unreadable.length < MOST_UNREADABLE && isUtf8(path)) record.unreadable.push(path.toString('utf8'));
    } else if (entry.kind === 'left-out') {
      const { schema, name } = entry;
      record[entry.of === 'rows' ? 'rowsOf' : 'tables'].push({ schema, name });
    }
  }
  return record;
}

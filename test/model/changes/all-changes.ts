import type { Change } from './change.js';
import { COLUMN_CHANGES } from './columns.js';
import { FUNCTION_CHANGES } from './functions.js';
import { HISTORY_CHANGES } from './history.js';
import { OBJECT_CHANGES } from './objects.js';
import { ROW_CHANGES } from './rows.js';
import { STORAGE_CHANGES } from './storage.js';
import { TABLE_CHANGES } from './tables.js';
import { TRANSACTION_CHANGES } from './transactions.js';
import { TYPE_CHANGES } from './types.js';

export const ALL_CHANGES: readonly Change[] = [
  ...ROW_CHANGES,
  ...TRANSACTION_CHANGES,
  ...STORAGE_CHANGES,
  ...COLUMN_CHANGES,
  ...TABLE_CHANGES,
  ...TYPE_CHANGES,
  ...OBJECT_CHANGES,
  ...FUNCTION_CHANGES,
  ...HISTORY_CHANGES,
];

import type { NumberedTable } from './segment-tasks.js';

/** Why so many tables were read although there was a base. The reason is the rest of "it was read because …". */
export interface ReadReason {
  reason: string;
  tables: number;
}

/** Most frequent first. */
export function summariseReasons(tables: readonly NumberedTable[]): ReadReason[] {
  const counts = new Map<string, number>();
  for (const { reason } of tables) {
    if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts].map(([reason, tables]) => ({ reason, tables })).toSorted((a, b) => b.tables - a.tables);
}

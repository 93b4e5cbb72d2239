import type { EntityManager } from 'typeorm';

/** What the service's own database takes for the time: one clock for all processes, whatever theirs say. */
export async function databaseTime(manager: EntityManager): Promise<Date> {
  const [row] = await manager.query<[{ now: Date }]>('SELECT now()');
  return row.now;
}

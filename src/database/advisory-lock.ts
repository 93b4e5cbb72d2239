import type { DataSource } from 'typeorm';

/**
 * Runs `work` while this process alone holds the named lock, and says whether it did: false when
 * another process has it. The lock belongs to a connection and ends with it, so it keeps work from
 * being done twice but is no proof that it was not.
 */
export async function tryAdvisoryLock(
  dataSource: DataSource,
  name: string,
  work: () => Promise<void>,
): Promise<boolean> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.connect();
    const rows: { locked: boolean }[] = await runner.query(
      `SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS locked`,
      [name],
    );
    if (rows[0]?.locked !== true) return false;
    try {
      await work();
    } finally {
      await runner.query(`SELECT pg_advisory_unlock(hashtextextended($1, 0))`, [name]);
    }
    return true;
  } finally {
    await runner.release();
  }
}

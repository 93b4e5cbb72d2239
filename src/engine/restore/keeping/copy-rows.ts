import type { Client } from 'pg';
import { isRefusal } from '../../postgres/connection/postgres-errors.js';
import { copyIn } from '../../postgres/copy/copy-in.js';
import { openCopy } from '../../postgres/copy/open-copy.js';
import { copyInSql, copyOutSql } from '../database/order/table-sql.js';
import type { TableNow } from './same-tables.js';

/** From the one into the other. Rejects with the first server's error that says no; both can be used then. */
export async function copyRows(
  live: Client,
  staged: Client,
  { table, encoding }: { table: Pick<TableNow, 'schema' | 'name' | 'columns'>; encoding: string },
): Promise<number> {
  const { bytes } = await openCopy(live, copyOutSql(table, encoding));
  const iterator = bytes[Symbol.asyncIterator]();
  // Without an end that could be asked for: what is not wanted any more has to be read all the same, before anything else is.
  const rows = { [Symbol.asyncIterator]: () => ({ next: () => iterator.next() }) };
  try {
    return await copyIn(staged, copyInSql(table, encoding), rows);
  } catch (error) {
    if (isRefusal(error)) while (!(await iterator.next()).done);
    throw error;
  }
}

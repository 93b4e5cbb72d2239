import { Client } from 'pg';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';

/** Runs something on a connection of its own. */
export async function connected<T>(address: DatabaseAddress, work: (client: Client) => Promise<T>): Promise<T> {
  const { host, port, database, user, password } = address;
  const client = new Client({ host, port, database, user, password, ssl: false, application_name: 'corpus' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The rows of the last statement. */
export async function ask<Row extends Record<string, unknown> = Record<string, unknown>>(
  address: DatabaseAddress,
  sql: string,
): Promise<Row[]> {
  return connected(address, async (client) => {
    const result: unknown = await client.query(sql);
    return ((Array.isArray(result) ? result.at(-1) : result) as { rows: Row[] }).rows;
  });
}

/** An error's own words, in one line. */
export function words(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 400);
}

/** What one of the clients writes into, a number a row: made before they start, and only in the old database. */
export const WRITTEN = 'bench_written';

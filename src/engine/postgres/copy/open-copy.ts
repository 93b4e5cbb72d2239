import type pg from 'pg';
import { to } from 'pg-copy-streams';

/** The text of a COPY under way. */
export interface OpenCopy {
  /** Read once, to its end. Throws as the server does. */
  bytes: AsyncIterable<Buffer>;
  /** Rows in it, as the server counted them; known once `bytes` has ended. */
  rows(): number;
}

/** Starts a COPY … TO STDOUT and resolves when its first bytes are there, so that one which may not run rejects here. */
export async function openCopy(client: pg.Client, statement: string): Promise<OpenCopy> {
  const stream = client.query(to(statement));
  // The bytes end a moment before the server says how many rows they were.
  const completed = new Promise<void>((resolve, reject) => {
    Object.assign(stream, { handleReadyForQuery: resolve });
    stream.on('error', reject);
  });
  completed.catch(() => undefined);
  const buffers = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const first = await buffers.next();
  return {
    bytes: (async function* () {
      for (let next = first; !next.done; next = await buffers.next()) yield next.value;
      await completed;
    })(),
    rows: () => stream.rowCount,
  };
}

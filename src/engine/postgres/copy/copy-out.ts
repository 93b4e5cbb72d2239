import type { Client, Connection, Submittable } from 'pg';

/**
 * Runs a `COPY … TO STDOUT` whose rows are looked at as they arrive and not kept: `onRows` gets whole rows of
 * COPY text, and returns before the next ones are read. Rejects with the server's error or the loss of the connection.
 */
export async function copyOut(client: Client, sql: string, onRows: (bytes: Buffer) => void): Promise<void> {
  const copy = new CopyOut(sql, onRows);
  client.query(copy);
  await copy.finished;
}

/** One COPY as the driver's query: called by the driver as the server's messages arrive. */
class CopyOut implements Submittable {
  readonly finished: Promise<void>;
  private readonly end = Promise.withResolvers<void>();

  constructor(
    private readonly sql: string,
    private readonly onRows: (bytes: Buffer) => void,
  ) {
    this.finished = this.end.promise;
  }

  submit(connection: Connection): void {
    connection.query(this.sql);
  }

  handleCopyData(message: { chunk: Buffer }): void {
    this.onRows(message.chunk);
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.end.resolve();
  }

  handleError(error: Error): void {
    this.end.reject(error);
  }
}

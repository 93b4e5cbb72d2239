import type { Client, Connection, Submittable } from 'pg';

const QUERY = 0x51;
const HEADER_BYTES = 5;
/** Of what one message of the protocol may have. */
export const MOST_SCRIPT_BYTES = 0x3fff_ffff;

/**
 * Sends statements as the bytes they are, for a session whose `client_encoding` is theirs: the driver itself only speaks UTF-8. They
 * are one transaction, unless they say otherwise. What they return is not looked at. Rejects with the server's error, or with
 * the loss of the connection.
 */
export async function sendScript(client: Client, statements: readonly Buffer[]): Promise<void> {
  const script = new Script(statements);
  client.query(script);
  await script.finished;
}

/** The driver's query: called by the driver as the server's messages arrive. */
class Script implements Submittable {
  readonly finished: Promise<void>;
  private readonly end = Promise.withResolvers<void>();

  constructor(private readonly statements: readonly Buffer[]) {
    this.finished = this.end.promise;
  }

  submit(connection: Connection): void {
    const bytes = this.statements.reduce((sum, { length }) => sum + length, 0);
    if (bytes > MOST_SCRIPT_BYTES) throw new RangeError('The statements are longer than a message may be.');
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    header.writeUInt8(QUERY, 0);
    header.writeUInt32BE(bytes + HEADER_BYTES, 1);
    const { stream } = connection;
    stream.cork();
    for (const part of [header, ...this.statements, Buffer.alloc(1)]) stream.write(part);
    stream.uncork();
  }

  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleEmptyQuery(): void {}
  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.end.resolve();
  }

  handleError(error: Error): void {
    this.end.reject(error);
  }
}

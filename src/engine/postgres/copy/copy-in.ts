import type { Client, Connection, Submittable } from 'pg';

const COPY_DATA = 0x64;
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);
const COPY_FAIL = 0x66;
/** Type and length before every message. */
const HEADER_BYTES = 5;

/**
 * Runs a `COPY … FROM STDIN` and feeds it from a source, no faster than the server takes it: the next buffer is
 * fetched while the one before it is on its way, so two are in memory. `sql` may have statements before
 * the COPY, which comes last; all of them are one transaction then. Resolves to the number of rows the server took.
 *
 * Rejects with the server's error, with what the source threw, or with the loss of the connection. The client
 * can be used again unless its connection was lost; the rows are not there.
 */
export async function copyIn(
  client: Client,
  sql: string,
  source: AsyncIterable<Buffer>,
  onBytes?: (bytes: Buffer) => void,
): Promise<number> {
  const copy = new CopyIn(sql);
  client.query(copy);
  if (!(await copy.started)) return copy.rows;
  let sent = Promise.resolve();
  try {
    for await (const bytes of source) {
      await sent;
      // A refused row ends the COPY while we are still sending: there is nobody left to send to.
      if (copy.failed) break;
      sent = copy.send(bytes);
      onBytes?.(bytes);
    }
    await sent;
  } catch (error) {
    copy.giveUp();
    await copy.rows.catch(() => undefined);
    throw error;
  }
  copy.finish();
  return copy.rows;
}

/** One COPY as the driver's query: called by the driver as the server's messages arrive. */
class CopyIn implements Submittable {
  failed = false;
  /** Resolves to true when the server asks for data, to false when it refused; then `rows` has the reason. */
  readonly started: Promise<boolean>;
  readonly rows: Promise<number>;
  private connection: Connection | undefined;
  private tag = '';
  private readonly begin = Promise.withResolvers<boolean>();
  private readonly end = Promise.withResolvers<number>();

  constructor(private readonly sql: string) {
    this.started = this.begin.promise;
    this.rows = this.end.promise;
    // It can be rejected long before anybody waits for it.
    this.rows.catch(() => undefined);
  }

  submit(connection: Connection): void {
    this.connection = connection;
    connection.query(this.sql);
  }

  handleCopyInResponse(): void {
    this.begin.resolve(true);
  }

  handleCommandComplete(message: { text: string }): void {
    this.tag = message.text;
  }

  handleReadyForQuery(): void {
    this.begin.resolve(false);
    const rows = /^COPY (\d+)$/.exec(this.tag)?.[1];
    if (rows === undefined) this.end.reject(new Error(`The server answered a COPY with "${this.tag}".`));
    else this.end.resolve(Number(rows));
  }

  handleError(error: Error): void {
    this.failed = true;
    this.end.reject(error);
    this.begin.resolve(false);
  }

  /** Resolves when the socket has taken the bytes, or is broken: then `rows` rejects. */
  send(bytes: Buffer): Promise<void> {
    const { stream } = this.connection!;
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    header.writeUInt8(COPY_DATA, 0);
    header.writeUInt32BE(bytes.length + 4, 1);
    return new Promise((resolve) => {
      stream.cork();
      stream.write(header);
      stream.write(bytes, () => resolve());
      stream.uncork();
    });
  }

  finish(): void {
    if (!this.failed) this.connection!.stream.write(COPY_DONE);
  }

  giveUp(): void {
    if (this.failed) return;
    const reason = Buffer.from('the rows could not be read\0');
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    header.writeUInt8(COPY_FAIL, 0);
    header.writeUInt32BE(reason.length + 4, 1);
    this.connection!.stream.write(Buffer.concat([header, reason]));
  }
}

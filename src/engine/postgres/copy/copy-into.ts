import type { Client, Connection, Submittable } from 'pg';
import { freeMemory } from '../../../vault/packs/free-memory.js';

/** Memory that rows are copied to as they arrive; see `ContentSink`. */
export interface RowsSink {
  room(): Buffer | Promise<Buffer>;
  took(bytes: number): void;
}

/**
 * Runs a `COPY … TO STDOUT` and writes its rows into a sink: the text of all of them, one behind the other. Resolves to their number, as
 * the server counts them. `onBytes` may make it wait. Rejects with the server's error, the loss of the connection, or what the sink says;
 * then a part of the rows may have been written.
 */
export async function copyInto(
  client: Client,
  sql: string,
  sink: RowsSink,
  onBytes?: (bytes: number) => Promise<void>,
): Promise<number> {
  const copy = new CopyInto(sql, sink, onBytes);
  client.query(copy);
  await copy.finished;
  return copy.rows;
}

const COPY_DATA = 0x64;
const COPY_DONE = 0x63;
const ERROR = 0x45;
/** A message's kind, and its length without that. */
const HEAD_BYTES = 5;
const LENGTH_BYTES = 4;
const NOTHING = Buffer.alloc(0);

/**
 * One COPY as the driver's query. It reads from the socket itself, since the driver makes an object of each row: a block as it arrives is
 * gone through in one loop, which copies what is in the messages and passes over what is between. What ends the rows is the driver's again.
 */
class CopyInto implements Submittable {
  rows = 0;
  readonly finished: Promise<void>;
  private readonly end = Promise.withResolvers<void>();
  private stream: Connection['stream'] | undefined;
  private drivers: (bytes: Buffer) => void = () => undefined;
  private readonly head = Buffer.alloc(HEAD_BYTES);
  private headBytes = 0;
  /** Of the message that is being read. */
  private left = 0;
  private isData = false;
  private room: Buffer = NOTHING;
  /** How much of the room is written to, and not told of yet. */
  private used = 0;
  private moreRoom: Promise<Buffer> | undefined;
  private failure: { reason: unknown } | undefined;

  constructor(
    private readonly sql: string,
    private readonly sink: RowsSink,
    private readonly onBytes?: (bytes: number) => Promise<void>,
  ) {
    this.finished = this.end.promise;
  }

  submit(connection: Connection): void {
    const { stream } = connection;
    const [drivers] = stream.listeners('data') as ((bytes: Buffer) => void)[];
    if (drivers === undefined) throw new Error('The driver does not listen to its socket.');
    this.stream = stream;
    this.drivers = drivers;
    stream.removeListener('data', drivers);
    stream.on('data', this.receive);
    connection.query(this.sql);
  }

  handleCommandComplete(message: { text?: string }): void {
    this.rows = Number(message.text?.split(' ')[1] ?? 0);
  }

  handleReadyForQuery(): void {
    if (this.failure) this.end.reject(this.failure.reason);
    else this.end.resolve();
  }

  handleError(error: Error): void {
    this.giveBack(NOTHING);
    this.end.reject(this.failure?.reason ?? error);
  }

  private readonly receive = (bytes: Buffer): void => {
    const at = this.consume(bytes, 0);
    if (at < bytes.length || this.onBytes) void this.goOn(bytes, at);
    else freeMemory(bytes);
  };

  /** The rest of a block, when there is room for it. What comes meanwhile waits in the socket. */
  private async goOn(bytes: Buffer, from: number): Promise<void> {
    this.stream?.pause();
    try {
      await this.onBytes?.(bytes.length);
      for (let at = from; at < bytes.length;) {
        if (this.moreRoom) this.room = await this.moreRoom;
        this.moreRoom = undefined;
        at = this.consume(bytes, at);
      }
    } catch (error) {
      // Nobody reads the rest: the connection is of no use any more.
      this.failure = { reason: error };
      this.stream?.destroy();
      this.end.reject(error);
      return;
    }
    freeMemory(bytes);
    this.stream?.resume();
  }

  /** Copies what there is room for, and says how far it has come: to the end, unless room is wanting. */
  private consume(bytes: Buffer, from: number): number {
    const at = this.goThrough(bytes, from);
    this.tell();
    return at;
  }

  private goThrough(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length) {
      if (this.left > 0) {
        const count = this.isData ? this.copy(bytes, at) : Math.min(this.left, bytes.length - at);
        if (count === 0) return at;
        at += count;
        this.left -= count;
        continue;
      }
      // A whole head, which most are, is read where it lies: there is one for each row.
      let head = bytes;
      let headAt = at;
      if (this.headBytes > 0 || bytes.length - at < HEAD_BYTES) {
        const wanted = Math.min(HEAD_BYTES - this.headBytes, bytes.length - at);
        bytes.copy(this.head, this.headBytes, at, at + wanted);
        this.headBytes += wanted;
        at += wanted;
        if (this.headBytes < HEAD_BYTES) return at;
        this.headBytes = 0;
        head = this.head;
        headAt = 0;
      } else at += HEAD_BYTES;
      const kind = head[headAt];
      if (kind === COPY_DONE || kind === ERROR) {
        this.tell();
        this.giveBack(Buffer.concat([head.subarray(headAt, headAt + HEAD_BYTES), bytes.subarray(at)]));
        return bytes.length;
      }
      this.isData = kind === COPY_DATA;
      this.left = head.readUInt32BE(headAt + 1) - LENGTH_BYTES;
    }
    return at;
  }

  private copy(bytes: Buffer, at: number): number {
    if (this.used === this.room.length) {
      this.tell();
      const room = this.sink.room();
      if (room instanceof Promise) {
        this.moreRoom = room;
        return 0;
      }
      this.room = room;
    }
    const count = Math.min(this.left, bytes.length - at, this.room.length - this.used);
    bytes.copy(this.room, this.used, at, at + count);
    this.used += count;
    return count;
  }

  /** Once a block and not once a row: both sides are at work for each. */
  private tell(): void {
    if (this.used > 0) this.sink.took(this.used);
    this.room = this.room.subarray(this.used);
    this.used = 0;
  }

  /** Also of one that was never begun: the connection was at its end. */
  private giveBack(unread: Buffer): void {
    const { stream } = this;
    this.stream = undefined;
    if (stream === undefined) return;
    stream.removeListener('data', this.receive);
    stream.on('data', this.drivers);
    if (unread.length > 0) this.drivers(unread);
    stream.resume();
  }
}

import type { Budget, Reservation } from './budget.js';

/** Pieces are handed to a thread in batches of about this size: each hand-over costs as much as hashing some ten kilobytes. */
const BATCH_BYTES = 1024 * 1024;
/** How long a piece waits for company while others are still being read. */
const LONGEST_WAIT_MS = 4;

/** Bytes that were read, and what else their reader knows of them. */
interface Piece {
  bytes: Buffer;
}

/** A piece in memory, the room it takes, and who waits for its id. */
interface Waiting {
  piece: Buffer;
  room: Reservation;
  named: (id: Buffer) => void;
  failed: (error: unknown) => void;
}

/** Takes a batch over: resolves to the pieces' ids, in their order, once `taken` was called and the bytes are its own. */
export type BatchHandler = (pieces: readonly Buffer[], taken: () => void) => Promise<readonly Buffer[]>;

/**
 * Gathers the small pieces that many callers store at the same time into batches. Nobody waits for company
 * that is not coming: a batch goes when it is full, when no caller is reading any more, or after a moment.
 */
export class PieceBatcher {
  private batch: Waiting[] = [];
  private bytes = 0;
  private reading = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly memory: Budget,
    private readonly handle: BatchHandler,
  ) {}

  /**
   * Reads one piece, within the memory there is; undefined when `read` brings none. Its id follows. It should have no
   * more bytes than `expected`; one that has is counted as what it is.
   */
  async read<P extends Piece>(
    expected: number,
    read: () => Promise<P | undefined>,
  ): Promise<{ piece: P; id: Promise<Buffer> } | undefined> {
    const room = await this.memory.reserve(expected);
    this.reading += 1;
    let piece: P | undefined;
    try {
      piece = await read();
    } finally {
      this.reading -= 1;
      if (piece === undefined) {
        room.release();
        if (this.reading === 0) this.send();
      }
    }
    if (piece === undefined) return undefined;
    room.shrinkTo(piece.bytes.length);
    room.growTo(piece.bytes.length);
    return { piece, id: this.add(piece.bytes, room) };
  }

  /** Sends what is waiting, and resolves when everything sent has been handled, one way or another. */
  async flush(): Promise<void> {
    this.send();
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private add(piece: Buffer, room: Reservation): Promise<Buffer> {
    const id = new Promise<Buffer>((named, failed) => this.batch.push({ piece, room, named, failed }));
    // Whoever stores the stream meets the failure when it asks for the id.
    id.catch(() => undefined);
    this.bytes += piece.length;
    if (this.bytes >= BATCH_BYTES || this.reading === 0) this.send();
    else this.timer ??= setTimeout(() => this.send(), LONGEST_WAIT_MS);
    return id;
  }

  private send(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.batch.length === 0) return;
    const batch = this.batch;
    this.batch = [];
    this.bytes = 0;
    const sent = this.handleBatch(batch).finally(() => this.underWay.delete(sent));
    this.underWay.add(sent);
  }

  private async handleBatch(batch: Waiting[]): Promise<void> {
    const release = () => batch.forEach(({ room }) => room.release());
    try {
      const ids = await this.handle(
        batch.map(({ piece }) => piece),
        release,
      );
      for (const [index, { named }] of batch.entries()) named(ids[index]!);
    } catch (error) {
      for (const { failed } of batch) failed(error);
    } finally {
      release();
    }
  }
}

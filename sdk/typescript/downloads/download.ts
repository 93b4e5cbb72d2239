import { NoAnswerError, SnapbackError, TimeOutError } from '../errors/snapback-error.js';
import { Deadline } from '../requests/deadline.js';
import { backoffMs, retryAfterMs } from '../requests/retry-after.js';
import { PASSING } from '../requests/retrying-fetch.js';
import type { RetryPolicy } from '../requests/retrying-fetch.js';
import { IDLE_MS, SILENCE, unlessSilent } from '../streams/unless-silent.js';
import type { FileSource } from './file-source.js';
import { WholeDigest } from './whole-digest.js';

export interface DownloadOptions {
  /** Ends the download; its reason is thrown. */
  signal?: AbortSignal;
  /** How long nothing may come before the connection is given up and another one made; 45 s unless told. */
  idleMs?: number;
  /** How many connections in a row may bring nothing. */
  attempts?: number;
}

interface Connection {
  answer: Response;
  reader: ReadableStreamDefaultReader<Uint8Array>;
  /** What of it has come before, and is passed over. */
  known: number;
}

/**
 * A file as it comes: `for await (const piece of download)`, once, or as a `stream()`. One piece at a time is in memory. Where the connection is lost it
 * goes on behind the last byte, as long as the file is the one that was begun. It ends when all `size` bytes have come and, where the runtime can tell, are
 * those of its SHA-256; or throws a `SnapbackError`.
 */
export class Download implements AsyncIterable<Uint8Array> {
  /** The last part of its path, as it was asked for. It is no safe name for a file of yours. */
  readonly name: string;
  /** How many bytes it has. */
  size = 0;
  private readonly pieces = this.bring();
  private tag: string | undefined;
  private received = 0;
  private failures = 0;
  private connection: Connection | undefined;
  private line: Deadline | undefined;
  private isCancelled = false;

  private constructor(
    private readonly source: FileSource,
    private readonly policy: RetryPolicy,
    private readonly options: DownloadOptions,
  ) {
    this.name = source.name;
  }

  /** When it has begun; throws why it does not. */
  static async begin(source: FileSource, policy: RetryPolicy, options: DownloadOptions = {}): Promise<Download> {
    const download = new Download(source, policy, options);
    await download.begin();
    return download;
  }

  [Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    return this.pieces;
  }

  /** The same for what takes streams; cancelling it closes the connection. */
  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const { done, value } = await this.pieces.next();
          if (done === true) controller.close();
          else controller.enqueue(value);
        },
        cancel: () => this.cancel(),
      },
      { highWaterMark: 0 },
    );
  }

  /** Closes the connection of what is not to be read to its end. Leaving a loop over it early does so, too. */
  cancel(): void {
    this.isCancelled = true;
    this.hangUp();
  }

  private async begin(): Promise<void> {
    const { answer } = await this.connected();
    const size = sizeOf(answer);
    if (answer.status !== 200 || size === undefined) {
      this.cancel();
      throw new SnapbackError('The answer is no file of a known size; is this the address of the service?', {
        status: answer.status,
      });
    }
    this.size = size;
    const tag = answer.headers.get('etag');
    // A weak one does not promise the same bytes.
    this.tag = tag?.startsWith('"') === true ? tag : undefined;
  }

  private async *bring(): AsyncGenerator<Uint8Array, void> {
    const digest = WholeDigest.of(this.tag);
    try {
      while (this.received < this.size) {
        const piece = await this.next();
        this.received += piece.length;
        if (this.received > this.size) throw new SnapbackError(`More than the ${this.size} bytes of the file came.`);
        digest?.add(piece);
        yield piece;
      }
      digest?.verify();
    } finally {
      this.cancel();
    }
  }

  /** Bytes that have not come before. */
  private async next(): Promise<Uint8Array> {
    for (;;) {
      if (this.isCancelled) throw new SnapbackError('The download was cancelled before all of it had come.');
      const connection = this.connection ?? (await this.resumed());
      const piece = await this.read(connection).catch((error: unknown) => this.interrupted(error));
      if (piece === undefined) continue;
      const fresh = piece.subarray(connection.known);
      connection.known -= piece.length - fresh.length;
      if (fresh.length === 0) continue;
      this.failures = 0;
      return fresh;
    }
  }

  private async read({ reader }: Connection): Promise<Uint8Array> {
    const piece = reader.read().catch((cause: unknown) => Promise.reject(lost(cause)));
    const { done, value } = await unlessSilent(piece, this.line!, this.options.idleMs ?? IDLE_MS);
    if (done) throw lost(new Error(`${this.received} of ${this.size} bytes had come`));
    return value;
  }

  /** A connection that brings what has not come yet. */
  private async resumed(): Promise<Connection> {
    if (this.received > 0 && this.tag === undefined)
      throw new SnapbackError('The connection was lost, and the file has no tag by which the download could go on.');
    const connection = await this.connected();
    const { status, headers } = connection.answer;
    const goesOn =
      status === 206
        ? rangeOf(connection.answer) === `${this.received}/${this.size}`
        : sizeOf(connection.answer) === this.size && (this.received === 0 || headers.get('etag') === this.tag);
    if (!goesOn)
      throw new SnapbackError('The download cannot go on: what comes is not the rest of the file that was begun.');
    // Somebody in between takes no notice of ranges.
    if (status !== 206) connection.known = this.received;
    return connection;
  }

  /** Asks again where that may help. */
  private async connected(): Promise<Connection> {
    const { signal, idleMs = IDLE_MS } = this.options;
    for (;;) {
      this.line = new Deadline(Infinity, signal);
      const opening = unlessSilent(this.source.open(this.asked(), this.line.signal), this.line, idleMs);
      const opened = await opening.catch((error: unknown) => this.interrupted(error));
      if (opened === undefined) continue;
      if ('refused' in opened) {
        await this.interrupted(opened.refused, retryAfterMs(opened.headers, Date.now()));
        continue;
      }
      this.connection = { answer: opened.response, reader: opened.body.getReader(), known: 0 };
      return this.connection;
    }
  }

  private asked(): Record<string, string> {
    if (this.received === 0 || this.tag === undefined) return {};
    return { Range: `bytes=${this.received}-`, 'If-Range': this.tag };
  }

  /** Waits before the next connection; throws when there is none. */
  private async interrupted(why: unknown, retryMs?: number): Promise<undefined> {
    this.hangUp();
    const { signal, attempts = this.policy.attempts } = this.options;
    if (signal?.aborted === true) throw signal.reason;
    const trouble = why === SILENCE ? new TimeOutError('Nothing came of the file for too long.') : why;
    this.failures += 1;
    const pauseMs = retryMs ?? backoffMs(this.failures);
    if (!isPassing(trouble) || this.isCancelled || this.failures >= attempts || pauseMs >= this.policy.timeoutMs)
      throw trouble;
    const waiting = new Deadline(Infinity, signal);
    await waiting.pause(pauseMs).finally(() => waiting.clear());
    return undefined;
  }

  private hangUp(): void {
    this.connection = undefined;
    this.line?.end();
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof NoAnswerError || (error instanceof SnapbackError && PASSING.includes(error.status ?? 0));
}

function lost(cause: unknown): NoAnswerError {
  return new NoAnswerError('The connection was lost.', { cause });
}

/** Undefined where it is not that of the file: of what is compressed on its way, for one. */
function sizeOf({ headers }: Response): number | undefined {
  const length = headers.get('content-length') ?? '';
  return /^\d+$/.test(length) && !headers.has('content-encoding') ? Number(length) : undefined;
}

/** Where it begins, and of how many bytes it is a part. */
function rangeOf({ headers }: Response): string | undefined {
  const [, first, size] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? [];
  return headers.has('content-encoding') ? undefined : `${first}/${size}`;
}

import { Injectable, Logger } from '@nestjs/common';
import type { Response } from 'express';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Caller } from '../auth/caller.js';
import { Configuration } from '../config/configuration.js';
import { errors } from '../errors/catalogue.js';
import { StreamLimits } from '../progress/stream-limits.js';
import type { ByteRange } from '../vault/backend/backend.js';

/** What is sent as a file. */
export interface Download {
  caller: Caller;
  /** For the log. */
  about: Readonly<Record<string, string>>;
  /** By which it is kept. */
  name: string;
  bytes: number;
  /** Another one for other bytes. */
  tag: string;
  /** Rejects, before it gives anything, with what the answer is then. */
  read(range: ByteRange): AsyncIterator<Buffer> & AsyncIterable<Buffer>;
  /** Done before anything is sent; `range` is left out for all of it. */
  before(range: ByteRange | undefined): Promise<void>;
}

/** What a browser could take for a page, or run, whatever it is told: of these nobody says what they are. */
const ACTIVE = /html|xml|svg|script|pdf|flash|wasm/;
const UNKNOWN = 'application/octet-stream';

/** Sends files, as many at a time as may be. */
@Injectable()
export class Downloads {
  private readonly logger = new Logger(Downloads.name);
  private readonly limits: StreamLimits;

  constructor(configuration: Configuration) {
    this.limits = new StreamLimits(
      {
        caller: configuration.DOWNLOADS_PER_CALLER,
        organization: configuration.DOWNLOADS_PER_ORGANIZATION,
        process: configuration.DOWNLOADS,
      },
      errors.tooManyDownloads,
    );
  }

  /**
   * Answers with a file, or the range of it that was asked for. Rejects before anything was answered with `too-many-downloads`,
   * `range-not-satisfiable`, and as `read` does. What is met behind that cuts the answer off: its length is known, so that nobody takes it for whole.
   */
  async send({ caller, about, name, bytes: size, tag, read, before }: Download, response: Response): Promise<void> {
    const range = rangeOf(response, size, tag);
    const leave = this.limits.enter(caller);
    try {
      const bytes = read(range ?? { offset: 0, bytes: size });
      // So that what is damaged from the beginning is an answer, and not the end of one.
      const first = await bytes.next();
      const isHead = response.req.method === 'HEAD';
      if (isHead) await bytes.return?.(undefined);
      else await before(range);
      // With the type that the name tells.
      response.attachment(name);
      const type = response.get('Content-Type') ?? UNKNOWN;
      response.status(range === undefined ? 200 : 206).set({
        'Accept-Ranges': 'bytes',
        'Content-Length': String(range?.bytes ?? size),
        'Content-Type': ACTIVE.test(type) ? UNKNOWN : type,
        ETag: tag,
        ...(range && { 'Content-Range': `bytes ${range.offset}-${range.offset + range.bytes - 1}/${size}` }),
      });
      if (isHead) {
        response.end();
        return;
      }
      await pipeline(Readable.from(behind(first, bytes)), response).catch((error: unknown) => {
        // Who has gone away needs nothing, and hears of it nowhere.
        if (!isGone(error)) this.logger.warn({ ...about, err: error }, 'A download was cut off.');
      });
    } finally {
      leave();
    }
  }
}

/** Undefined for all of it, which is also the answer to several ranges, and to what is no range. */
function rangeOf(response: Response, size: number, tag: string): ByteRange | undefined {
  const { req: request } = response;
  const isStill = [undefined, tag].includes(request.get('If-Range'));
  if (!isStill || request.method === 'HEAD') return undefined;
  const ranges = request.range(size);
  if (ranges === -1) {
    response.set('Content-Range', `bytes */${size}`);
    throw errors.rangeNotSatisfiable(size);
  }
  if (ranges === undefined || ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return undefined;
  const { start, end } = ranges[0]!;
  return { offset: start, bytes: end - start + 1 };
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

async function* behind(first: IteratorResult<Buffer>, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { crc32 } from 'node:zlib';
import { S3Failure } from './s3-failure.js';

/**
 * The bytes of a request's body, without the frames of `aws-chunked`. Throws `S3Failure` at the end when they are not
 * as many, or not those, that the headers (or the trailer behind the last frame) say.
 */
export async function* requestBody(request: IncomingMessage): AsyncGenerator<Buffer> {
  const { headers } = request;
  const trailer: IncomingHttpHeaders = {};
  const framed = String(headers['x-amz-content-sha256']).startsWith('STREAMING-');
  const sums = new BodySums();
  for await (const chunk of framed ? unframed(request, trailer) : (request as AsyncIterable<Buffer>)) {
    sums.update(chunk);
    yield chunk;
  }
  const wanted = framed ? headers['x-amz-decoded-content-length'] : headers['content-length'];
  if (wanted !== undefined && Number(wanted) !== sums.bytes) throw new S3Failure('IncompleteBody', 400);
  sums.compare({ ...headers, ...trailer });
}

/** What a body adds up to, in the forms in which requests announce it. */
class BodySums {
  bytes = 0;
  private readonly sha256 = createHash('sha256');
  private readonly md5 = createHash('md5');
  private crc = 0;

  update(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.sha256.update(chunk);
    this.md5.update(chunk);
    this.crc = crc32(chunk, this.crc);
  }

  compare(announced: IncomingHttpHeaders): void {
    const sha256 = this.sha256.digest();
    const payload = announced['x-amz-content-sha256'];
    if (/^[0-9a-f]{64}$/.test(String(payload)) && payload !== sha256.toString('hex')) {
      throw new S3Failure('XAmzContentSHA256Mismatch', 400);
    }
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(this.crc);
    const differs = (name: string, value: Buffer) =>
      announced[name] !== undefined && announced[name] !== value.toString('base64');
    if (
      differs('x-amz-checksum-sha256', sha256) ||
      differs('x-amz-checksum-crc32', crc) ||
      differs('content-md5', this.md5.digest())
    ) {
      throw new S3Failure('BadDigest', 400);
    }
  }
}

/** Takes the frames (`size[;extension]` CRLF bytes CRLF) off a body and puts the fields behind the last into `trailer`. */
async function* unframed(request: AsyncIterable<Buffer>, trailer: IncomingHttpHeaders): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  /** Bytes of the present frame that are still to come; undefined between frames. */
  let missing: number | undefined;
  let ended = false;
  for await (const chunk of request) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (!ended && rest.length > 0) {
      if (missing === undefined) {
        const end = rest.indexOf('\r\n');
        if (end < 0) break;
        missing = Number.parseInt(rest.toString('latin1', 0, end), 16);
        if (Number.isNaN(missing)) throw new S3Failure('InvalidRequest', 400, 'This is no frame.');
        rest = rest.subarray(end + 2);
        ended = missing === 0;
      } else if (missing > 0) {
        const bytes = rest.subarray(0, missing);
        missing -= bytes.length;
        rest = rest.subarray(bytes.length);
        yield bytes;
      } else {
        if (rest.length < 2) break;
        rest = rest.subarray(2);
        missing = undefined;
      }
    }
  }
  if (!ended) throw new S3Failure('IncompleteBody', 400);
  for (const line of rest.toString('latin1').split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) trailer[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
}

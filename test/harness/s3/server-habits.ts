import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { S3Failure } from './s3-failure.js';

/** An answer with which a server refuses a header. */
export interface HeaderRefusal {
  status: number;
  code: string;
  /** Where the answer says which header it is; default: nowhere. */
  named?: 'message' | 'field';
}

/** What a server is like all the time, where `ServerFaults` are what goes wrong with some requests. */
export interface ServerHabits {
  /**
   * What `If-None-Match: *` does where the object is there. `ignored`: it is replaced. `told-by-body`: it stays, and the answer is 200
   * with the reason in its body. `pretended`: it stays, and the answer is 200 with a page for people. Or the server refuses the
   * header at all.
   */
  conditions?: 'ignored' | 'told-by-body' | 'pretended' | HeaderRefusal;
  /** The server refuses what carries a checksum newer than Content-MD5, and wants that with deletions. */
  checksums?: HeaderRefusal;
  /** Says that it has stored what it throws away. */
  forgets?: boolean;
  /** Answers with the whole object, whatever range was asked for. */
  ranges?: 'ignored';
  /** Lists what was stored some time ago only. */
  lists?: 'late';
  /** Says that it has deleted what stays. */
  deletes?: 'pretended';
  /** A bucket with Object Lock says that it locks whatever is stored. */
  locks?: 'by-default';
}

const CHECKSUMS = /^x-amz-(sdk-)?checksum|^x-amz-trailer$/;

/** Throws `S3Failure` for a request that such a server refuses by its headers alone. */
export function refuseByHabit(
  { conditions, checksums }: ServerHabits,
  { method, headers, url = '' }: IncomingMessage,
): void {
  if (typeof conditions === 'object' && headers['if-none-match'] !== undefined)
    throw refusal(conditions, 'if-none-match');
  if (checksums === undefined) return;
  const header = namesOf(headers).find((name) => CHECKSUMS.test(name));
  if (header !== undefined) throw refusal(checksums, header);
  if (method === 'POST' && /[?&]delete(=|&|$)/.test(url) && headers['content-md5'] === undefined) {
    throw new S3Failure('MissingContentMD5', 400, 'Missing required header for this request: Content-Md5.');
  }
}

function namesOf(headers: IncomingHttpHeaders): string[] {
  return Object.keys(headers);
}

function refusal({ status, code, named }: HeaderRefusal, header: string): S3Failure {
  const message =
    named === 'message'
      ? `Unsupported header '${header}' received for this API call.`
      : 'A header you provided implies functionality that is not implemented.';
  return new S3Failure(code, status, message, named === 'field' ? header : undefined);
}

import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { ServerFault } from './server-faults.js';
import { toXml, type XmlValue } from './xml.js';

/** What the server says to a request; sent by one function, so that the faults of answers are in one place. */
export interface Answer {
  status: number;
  headers?: Record<string, string | number>;
  /** Bytes the body has; HEAD announces them and sends none. */
  bytes?: number;
  body?: AsyncIterable<Buffer>;
  /** Closes what the body is read from; called whether or not it was read. */
  close?: () => Promise<void>;
}

export function xmlAnswer(name: string, value: XmlValue, status = 200): Answer {
  const text = Buffer.from(toXml(name, value));
  return {
    status,
    headers: { 'content-type': 'application/xml' },
    bytes: text.length,
    body: (async function* () {
      yield text;
    })(),
  };
}

/** Sends an answer, damaged as the fault says. */
export async function send(
  response: ServerResponse,
  { status, headers, bytes = 0, body }: Answer,
  fault: ServerFault | undefined,
): Promise<void> {
  const half = Math.floor(bytes / 2);
  const damaged = fault?.kind === 'cut-body' || fault?.kind === 'stall-body' || fault?.kind === 'short-body';
  const announced = fault?.kind === 'short-body' ? half : bytes;
  response.writeHead(status, { ...headers, ...(status === 204 ? {} : { 'content-length': announced }) });
  let left = damaged ? half : bytes;
  for await (const chunk of body ?? []) {
    const part = chunk.subarray(0, left);
    left -= part.length;
    if (part.length > 0 && !response.write(part)) await drained(response);
    if (left === 0 || response.destroyed) break;
  }
  if (fault?.kind === 'stall-body') return void response.flushHeaders();
  // Only when what was written has left this process: or the fault would be a dropped answer.
  if (fault?.kind === 'cut-body') return void setTimeout(() => response.destroy(), 50);
  response.end();
}

/** Resolves when there is room again, or when there never will be. */
async function drained(response: ServerResponse): Promise<void> {
  // It may have been closed before: then no event comes any more.
  if (response.closed || response.destroyed || response.socket?.destroyed !== false) return;
  const either = new AbortController();
  const { signal } = either;
  const waits = [once(response, 'drain', { signal }), once(response, 'close', { signal })];
  for (const wait of waits) wait.catch(() => undefined);
  await Promise.race(waits).finally(() => either.abort());
}

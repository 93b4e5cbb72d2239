import { request as requestPlainly, type IncomingMessage } from 'node:http';
import { request as requestSecurely } from 'node:https';

/** How long an identity provider may take for its whole answer, in milliseconds. */
const FETCH_TIMEOUT_MS = 5000;
/** The longest answer that is read, in bytes; a set of keys has a few thousand. */
const LONGEST_ANSWER = 256 * 1024;

/** Asks an identity provider for a document (JSON), once, where it is told to and nowhere else. Rejects when that brings none. */
export async function fetchDocument(url: string): Promise<unknown> {
  const response = await get(url);
  if (response.statusCode !== 200) {
    response.destroy();
    throw new Error(`the answer has the status ${response.statusCode}`);
  }
  return JSON.parse(await textOf(response)) as unknown;
}

function get(url: string): Promise<IncomingMessage> {
  const request = url.startsWith('https:') ? requestSecurely : requestPlainly;
  return new Promise((resolve, reject) => {
    const options = {
      headers: { accept: 'application/json' },
      agent: false,
      signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
    };
    const sent = request(url, options, resolve).once('error', reject);
    // Who answers that another protocol is spoken from now on (101) gives neither an answer nor an error.
    sent.once('close', () => reject(new Error('the connection was closed without an answer')));
    sent.end();
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    length += piece.byteLength;
    // Leaving the loop ends the connection.
    if (length > LONGEST_ANSWER) throw new Error(`the answer is longer than ${LONGEST_ANSWER} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

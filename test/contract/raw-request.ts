import { once } from 'node:events';
import { connect } from 'node:net';
import { orderly } from './ask.js';
import type { Answer } from './ask.js';

/**
 * Writes bytes to the service as they are, and reads one answer. For what no HTTP client would send.
 * What is no HTTP at all is answered by Node.js itself, without a problem document.
 */
export async function rawRequest(url: string, ...lines: (string | Buffer)[]): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  socket.on('error', () => undefined);
  for (const line of lines) socket.write(typeof line === 'string' ? `${line}\r\n` : line);
  const closed = once(socket, 'close');
  socket.setTimeout(5_000, () => socket.destroy());
  await closed;
  return parsed(Buffer.concat(pieces).toString('latin1'), String(lines[0]));
}

function parsed(text: string, request: string): Answer {
  const [head = '', rest = ''] = text.split('\r\n\r\n', 2);
  const [first = '', ...fields] = head.split('\r\n');
  const status = Number(first.split(' ')[1]);
  const headers = new Headers(fields.map((field) => field.split(/: ?/, 2) as [string, string]));
  if (!headers.has('content-type')) return { status, headers, body: undefined, problem: {} };
  const body: unknown = JSON.parse(rest.slice(rest.indexOf('{'), rest.lastIndexOf('}') + 1));
  const isProblem = headers.get('content-type')!.startsWith('application/problem+json');
  return orderly({ status, headers, body, problem: isProblem ? (body as Answer['problem']) : {} }, request);
}

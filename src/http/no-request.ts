import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { errors } from '../errors/catalogue.js';
import { documentOf } from '../errors/problem-response.js';
import type { Problem } from '../errors/problem.js';
import { newRequestId, REQUEST_ID_HEADER } from '../request-context/request-ids.js';
import { RAW_HEADERS } from './security-headers.js';

/** How long whoever sent what is no request may take to read the answer, in milliseconds. */
const READING_MS = 1000;

/**
 * What Node cannot make a request of is answered like everything else: with a problem document, and then the
 * connection is closed, since nobody knows where another request would begin.
 *
 * @param headerBytes the limit that a 431 names
 */
export function answerWhatIsNoRequest(server: Server, headerBytes: number): void {
  const answers = new WeakMap<Duplex, ServerResponse>();
  const refused = new WeakSet<Duplex>();
  server.on('request', (request, response) => answers.set(request.socket, response));
  // Node would answer 417 without a body. Nobody has to meet an expectation that is unknown.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
  server.on('connect', (_, socket) => refuse(socket, errors.malformedRequest()));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (refused.has(socket)) return;
    refused.add(socket);
    const answer = answers.get(socket);
    const isMidway = answer !== undefined && answer.headersSent && !answer.writableFinished;
    // Another answer's reader would take ours for a part of it.
    if (error.code === 'ECONNRESET' || !socket.writable || isMidway) socket.destroy();
    else refuse(socket, problemOf(error, headerBytes));
  });
}

/** Node's own statuses. Its messages quote what was sent, and are not kept. */
function problemOf({ code }: NodeJS.ErrnoException, headerBytes: number): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') return errors.headersTooLarge(headerBytes);
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return errors.payloadTooLarge(headerBytes);
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return errors.requestTimeout();
  return errors.malformedRequest();
}

function refuse(socket: Duplex, problem: Problem): void {
  const requestId = newRequestId();
  const body = JSON.stringify(documentOf(problem, { requestId }));
  const headers = {
    ...RAW_HEADERS,
    [REQUEST_ID_HEADER]: requestId,
    Connection: 'close',
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.on('error', () => socket.destroy());
  socket.end([`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`, ...lines, '', body].join('\r\n'));
  // Not at once: what has not been read yet when a connection is closed may take the answer with it.
  setTimeout(() => socket.destroy(), READING_MS).unref();
}

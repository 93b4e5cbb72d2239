import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Contract } from '../../src/contract/contract.js';
import { rawRequest } from '../contract/raw-request.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';

const contract = Contract.load();
const HOST = 'Host: localhost';
const GET = 'GET /api/v1/projects HTTP/1.1';
const POST = 'POST /api/v1/projects HTTP/1.1';
const JSON_TYPE = 'Content-Type: application/json';
const bearer = `Authorization: Bearer ${testToken()}`;

let service: TestService;
beforeAll(async () => {
  service = await startTestService({
    MAX_HEADER_BYTES: '8192',
    HEADERS_TIMEOUT_SECONDS: '1',
    REQUEST_TIMEOUT_SECONDS: '2',
    MAX_BODY_BYTES: '2048',
  });
});
afterAll(() => service.stop());

/** Sends the lines, and holds the answer against what the contract says of listing or creating projects. */
async function refusal(...lines: (string | Buffer)[]) {
  const answer = await rawRequest(service.url, ...lines);
  const operation = String(lines[0]).startsWith('POST') ? 'projectCreate' : 'projectList';
  const type = answer.headers.get('content-type') ?? undefined;
  const validate = contract.responseValidator(operation, answer.status, type);
  validate(answer.body);
  expect(validate.errors ?? []).toEqual([]);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  return `${answer.status} ${answer.problem.code}`;
}

const chunked = (pieces: string) => [POST, HOST, bearer, JSON_TYPE, 'Transfer-Encoding: chunked', '', pieces];

describe('what is no request', () => {
  it.each<[string, (string | Buffer)[], string]>([
    ['a line that is none', ['rubbish', ''], '400 malformed-request'],
    ['another version of HTTP', ['GET / HTTP/9.9', HOST, ''], '400 malformed-request'],
    ['the beginning of TLS', [Buffer.from('160301020001000001fc0303', 'hex')], '400 malformed-request'],
    ['a space in its path', ['GET /a b HTTP/1.1', HOST, ''], '400 malformed-request'],
    ['no host', [GET, 'Connection: close', bearer, ''], '400 malformed-request'],
    ['a header that is none', [GET, HOST, 'no colon here', ''], '400 malformed-request'],
    ['a header with a NUL', [GET, HOST, 'X-Odd: a\0b', ''], '400 malformed-request'],
    ['two lengths', [POST, HOST, 'Content-Length: 1', 'Content-Length: 2', '', 'x'], '400 malformed-request'],
    [
      'a length and pieces',
      [POST, HOST, 'Content-Length: 5', 'Transfer-Encoding: chunked', ''],
      '400 malformed-request',
    ],
    ['a piece without a length', chunked('zz'), '400 malformed-request'],
    ['a long header', [GET, HOST, `X-Long: ${'a'.repeat(9000)}`, ''], '431 headers-too-large'],
    [
      'many headers',
      [GET, HOST, ...Array.from({ length: 900 }, (_, n) => `X-${n}: aaaaaa`), ''],
      '431 headers-too-large',
    ],
    ['a long path', [`GET /${'a'.repeat(9000)} HTTP/1.1`, HOST, ''], '431 headers-too-large'],
    ['a piece with a long remark', chunked(`1;${'a'.repeat(20_000)}`), '413 payload-too-large'],
    [
      'a body that is too large',
      [POST, HOST, bearer, JSON_TYPE, 'Connection: close', 'Content-Length: 4000', '', 'x'.repeat(4000)],
      '413 payload-too-large',
    ],
    [
      'pieces that are too large',
      [
        'POST /api/v1/projects HTTP/1.1',
        HOST,
        bearer,
        JSON_TYPE,
        'Connection: close',
        'Transfer-Encoding: chunked',
        '',
        `fa0\r\n${'x'.repeat(4000)}`,
        '0',
        '',
      ],
      '413 payload-too-large',
    ],
  ])('with %s is answered with a problem document', async (_, lines, expected) => {
    expect(await refusal(...lines)).toBe(expected);
  });

  it.each<[string, string[]]>([
    ['nothing at all', []],
    ['headers that never end', [GET, HOST]],
    ['a body that never comes', [POST, HOST, bearer, JSON_TYPE, 'Content-Length: 20', '']],
    ['pieces that never end', chunked('1\r\n{')],
  ])('with %s ends in time', async (_, lines) => {
    const [first = '', ...rest] = lines;
    expect(await refusal(first === '' ? Buffer.from('G') : first, ...rest)).toBe('408 request-timeout');
  });

  it('with an expectation that nobody knows is a request like any other', async () => {
    const answer = await rawRequest(service.url, GET, HOST, bearer, 'Expect: the unexpected', 'Connection: close', '');
    expect(answer.status).toBe(200);
  });

  it('for a tunnel is refused', async () => {
    expect(await refusal('CONNECT evil.example:443 HTTP/1.1', HOST, '')).toBe('400 malformed-request');
  });

  it('is not written into the midst of an answer', async () => {
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const pieces: Buffer[] = [];
    socket.on('data', (piece: Buffer) => pieces.push(piece)).on('error', () => undefined);
    const good = `${GET}\r\n${HOST}\r\n${bearer}\r\n\r\n`;
    socket.write(`${good}rubbish\r\n\r\n`);
    await once(socket, 'close');
    const said = Buffer.concat(pieces).toString('latin1');
    // Whichever came first: each answer begins where the one before has ended, or there is only one.
    for (const answer of said.split(/(?=HTTP\/1\.1 )/)) {
      const [head = '', body = ''] = answer.split('\r\n\r\n');
      expect(body.length).toBe(Number(/content-length: (\d+)/i.exec(head)?.[1]));
    }
  });
});

import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Contract } from '../../src/contract/contract.js';
import type { Operation } from '../../src/contract/operation.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { sampleOf, usually } from '../harness/thorough.js';
import { testToken } from '../harness/tokens.js';
import { asker } from './ask.js';
import type { Answer, Ask, Sent } from './ask.js';
import { WorkingRequests } from './working-requests.js';
import type { WorkingRequest } from './working-requests.js';
import { createWorld } from './world.js';
import type { World } from './world.js';

// Values at and past the bounds of the contract are in probe.test.ts, for every operation.

const contract = Contract.load();
const operations = [...contract.operations.values()];
const named = (chosen: Operation[]) => chosen.map((operation) => [operation.id, operation] as const);
const withBody = named(operations.filter(({ body }) => body !== null));
const withoutBody = named(operations.filter(({ body, method }) => body === null && method !== 'get'));

/** MAX_BODY_BYTES, unless it is configured. */
const LARGEST_BODY_BYTES = 102_400;

let service: TestService;
let world: World;
let ask: Ask;
let requests: WorkingRequests;

beforeAll(async () => {
  service = await startTestService({ FILESTORE_ROOTS: '/' });
  world = await createWorld(service.client(), {
    filestoreRoot: service.filestoreRoot,
    state: service.database,
    directory: service.directory,
  });
  ask = asker(service.url, testToken());
  requests = new WorkingRequests(contract, world, ask);
});
afterAll(async () => {
  await service.stop();
  await world.database.drop();
});

async function send(operation: Operation, sent: Sent, working?: WorkingRequest): Promise<Answer> {
  const { path, query } = working ?? (await requests.for(operation));
  return ask(operation.method.toUpperCase(), `${path}?${new URLSearchParams(query)}`, sent);
}

const outcome = ({ status, problem }: Answer) => [status, problem.code];
const typed = (type: string, body: BodyInit): Sent => ({ body, headers: { 'content-type': type } });
/** Everything, for each operation, in a thorough run; some of it, drawn anew for each operation, in an ordinary one. */
const NO_JSON = ['{', '{"name": "a-secret"', "{'name': 1}", '{"a":1,}', '\u0000', '[1,', 'NaN', '{"a":01}', '<xml/>'];
const OTHER_TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/xml',
  'application/jsonx',
  'application/json; charset=koi8-r',
  'nonsense',
];
const json = (body: BodyInit): Sent => typed('application/json', body);

/** Sent piece by piece, so that nobody knows beforehand how much it will be. */
function chunked(text: string): BodyInit {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return new ReadableStream({
    type: 'bytes',
    pull(controller) {
      const piece = bytes.slice(at, (at += 8192));
      if (piece.length > 0) controller.enqueue(piece);
      else controller.close();
    },
  });
}

describe.each(withBody)('the body of %s', (_, operation) => {
  it.each(sampleOf(NO_JSON, 2))('that is no JSON is 400 and not repeated: %j', async (text) => {
    const answer = await send(operation, json(text));
    expect(outcome(answer)).toEqual([400, 'malformed-json']);
    expect(JSON.stringify(answer.problem)).not.toContain('a-secret');
  });

  it.each(sampleOf(OTHER_TYPES, 2))('that is sent as %s is 415', async (type) => {
    expect(outcome(await send(operation, typed(type, '{}')))).toEqual([415, 'unsupported-media-type']);
  });

  it('that is too large is 413, however it is sent', async () => {
    const large = JSON.stringify({ name: 'x'.repeat(LARGEST_BODY_BYTES) });
    const packed = gzipSync(large);
    const ways: (() => Sent)[] = [
      () => json(large),
      () => json(chunked(large)),
      () => json(chunked('x'.repeat(5_000_000))),
      () => ({ body: packed, headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } }),
    ];
    for (const way of sampleOf(ways, 2)) {
      expect(outcome(await send(operation, way()))).toEqual([413, 'payload-too-large']);
    }
  });

  it('that is just small enough is read, also in pieces', async () => {
    for (const form of sampleOf([(text: string) => text, chunked], 1)) {
      const working = await requests.for(operation);
      const text = JSON.stringify(working.body).padEnd(LARGEST_BODY_BYTES);
      // Of the world's rollback nothing is kept; see `permission-matrix`.
      expect((await send(operation, json(form(text)), working)).status).toBeLessThan(
        operation.id === 'rollbackUndo' ? 410 : 300,
      );
    }
  });

  it('of whatever JSON there is never makes the service fail', async () => {
    const working = await requests.for(operation);
    const names = Object.keys(contract.schemas.resolve(operation.body!.schema).properties as object);
    const value = fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\ud83d', '\u0000', 1e308, -0),
    );
    const changed = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 2 });
    const bodies = fc.oneof(
      value,
      changed.map((changes) => ({ ...(working.body as object), ...changes })),
    );
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        // That it is an answer of the contract has been checked by now.
        expect((await send(operation, { json: body }, working)).status).toBeLessThan(500);
      }),
      { numRuns: usually(10, 40) },
    );
  });
});

describe('an operation that takes no body', () => {
  it.each(withoutBody)('%s, does not mind one', async (_, operation) => {
    const before = await send(operation, {});
    for (const sent of [json('{broken'), typed('text/plain', 'x'), json(JSON.stringify({ a: 'x'.repeat(200_000) }))]) {
      expect(outcome(await send(operation, sent))).toEqual(outcome(before));
    }
  });
});

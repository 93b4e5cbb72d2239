import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Contract } from '../../src/contract/contract.js';
import type { Operation } from '../../src/contract/operation.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { sampleOf } from '../harness/thorough.js';
import { testToken } from '../harness/tokens.js';
import { asker } from './ask.js';
import type { Answer, Ask } from './ask.js';
import { headerProbes, queryProbes } from './parameter-probes.js';
import { probesOf } from './probes.js';
import { WorkingRequests } from './working-requests.js';
import { createWorld } from './world.js';
import type { World } from './world.js';

const contract = Contract.load();
const operations = [...contract.operations.values()];

/** Of each operation's body, in an ordinary run. */
const BOUNDS_TRIED = 10;
/** Of a request that finds the database of its environment closed. */
const TRIES = 5;

let service: TestService;
let world: World;
let ask: Ask;
let requests: WorkingRequests;

beforeAll(async () => {
  // The root of all: what the schema allows is then allowed, whatever path the probes come up with.
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

/** What must be more than what a schema can say, which their own specs say: not all that has their form is one. */
const MORE_THAN_A_FORM = /(^|\.)(timeZone|cron|pathBase64|(tables|rowsOf|paths)\.\d+) /;

/** What only the service gives out: of any other text that fits the contract the operation says that it is not its own. */
const GIVEN_OUT: Record<string, string> = {
  rollbackCreate: 'planToken',
  webhookCreate: 'environmentIds',
  webhookUpdate: 'environmentIds',
};

/** That there is none may be said. */
const isGivenOut = (what: string, name: string) => what.startsWith(`${name} `) && what !== `${name} null`;

/** One request, and what must become of it. */
interface Attempt {
  what: string;
  /** Sends it and says how it was answered. */
  send: () => Promise<Answer>;
  fault: string | null;
}

/** What went otherwise than it should, in words; several at a time, since most of it is waiting. */
async function surprises(attempts: Attempt[]): Promise<string[]> {
  const waiting = [...attempts];
  const found: string[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const surprise = surpriseIn(await answerTo(next), next.fault);
      if (surprise !== undefined) found.push(`${next.what}: ${surprise}`);
    }
  };
  await Promise.all(Array.from({ length: 6 }, work));
  return found;
}

/** Rollbacks of earlier probes may still be under way, and nobody gets into a database that is being swapped. */
async function answerTo({ send }: Attempt): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    const answer = await send();
    if (answer.problem.code !== 'environment-unreachable' || tries === TRIES) return answer;
    await sleep(1000);
  }
}

function surpriseIn({ status, problem }: Answer, fault: string | null): string | undefined {
  const fields = problem.errors?.map(({ field }) => field) ?? [];
  if (fault === null) {
    // The contract check has seen to it that it is one the operation declares.
    return status < 300 || [304, 404, 409, 412].includes(status) ? undefined : `${status} ${problem.detail}`;
  }
  if (status !== 422 || problem.code !== 'validation-failed') return `is answered with ${status}, not with 422`;
  const named = fault.endsWith('.*')
    ? fields.some((field) => field.startsWith(fault.slice(0, -1)))
    : fields.includes(fault);
  return named ? undefined : `names ${fields.join(', ')} instead of ${fault}`;
}

function send(operation: Operation, path: string, query: Record<string, string> | string, sent = {}): Promise<Answer> {
  const search = typeof query === 'string' ? query : new URLSearchParams(query).toString();
  return ask(operation.method.toUpperCase(), search === '' ? path : `${path}?${search}`, sent);
}

describe('the contract', () => {
  it.each(operations.map((operation) => [operation.id, operation] as const))(
    '%s can be done',
    async (id, operation) => {
      const { path, query, body } = await requests.for(operation);
      const { status } = await send(operation, path, query, { json: body });
      // The rollback at hand keeps nothing for an undo.
      expect(status).toBeLessThan(id === 'rollbackUndo' ? 410 : 300);
    },
  );
});

describe('bodies: at each bound 2xx, past it 422 that names the field', { timeout: 120_000 }, () => {
  it.each(operations.filter(({ body }) => body !== null).map((operation) => [operation.id, operation] as const))(
    'of %s',
    async (_, operation) => {
      const { schema, required } = operation.body!;
      const working = await requests.for(operation);
      const probes = probesOf(contract.schemas, schema, working.body).filter(
        ({ what, fault }) => fault !== null || !MORE_THAN_A_FORM.test(what),
      );
      const attempts = probes.map(({ what, change, fault }): Attempt => {
        const givenOut = GIVEN_OUT[operation.id];
        return {
          what,
          fault: fault ?? (givenOut !== undefined && isGivenOut(what, givenOut) ? givenOut : null),
          send: async () => {
            // What is refused changes nothing, so that the same request serves for all of it.
            const { path, query, body } = fault === null ? await requests.for(operation) : working;
            return send(operation, path, query, { json: change(body) });
          },
        };
      });
      const { path, query } = await requests.for(operation);
      attempts.push({ what: 'no body', fault: required ? 'body' : null, send: () => send(operation, path, query) });
      expect(attempts.length).toBeGreaterThan(10);
      expect(await surprises(sampleOf(attempts, BOUNDS_TRIED))).toEqual([]);
    },
  );
});

describe('parameters: at each bound 2xx, past it 422 that names them', () => {
  it.each(operations.map((operation) => [operation.id, operation] as const))('of %s', async (_, operation) => {
    const { path, query, header } = operation.parameters;
    const working = await requests.for(operation);
    const attempts: Attempt[] = [];
    for (const { what, text, fault } of queryProbes(contract.schemas, query, working.query)) {
      attempts.push({
        what,
        fault,
        send: async () => {
          const { path, body } = fault === null ? await requests.for(operation) : working;
          return send(operation, path, text, { json: body });
        },
      });
    }
    for (const { what, headers, fault } of headerProbes(contract.schemas, header)) {
      attempts.push({
        what,
        fault,
        send: async () => {
          const { path, query, body } = fault === null ? await requests.for(operation) : working;
          return send(operation, path, query, { json: body, headers });
        },
      });
    }
    const segments = working.path.split('/');
    for (const [name, schema] of Object.entries(path.properties)) {
      const at = operation.path.split('/').indexOf(`{${name}}`);
      for (const probe of probesOf(contract.schemas, schema, segments[at], name)) {
        const value = probe.change(segments[at]);
        // A path is text, and an empty part of it is another path.
        if (typeof value !== 'string' || value === '') continue;
        const other = segments.with(at, encodeURIComponent(value)).join('/');
        const sent = (): Promise<Answer> => send(operation, other, working.query, { json: working.body });
        attempts.push({ what: probe.what, fault: probe.fault, send: sent });
      }
    }
    expect(await surprises(attempts)).toEqual([]);
  });
});

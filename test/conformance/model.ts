import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Backend } from '../../src/vault/backend/backend.js';
import { BackendError } from '../../src/vault/backend/backend-error.js';
import { sourceOf } from '../../src/vault/backend/object-source.js';
import { usually } from '../harness/thorough.js';
import { collect, noise } from './content.js';

const RUNS = usually(8, 15);

const key = fc.constantFrom('a', 'b/a', 'b/b', 'b/c/d', 'b-c', 'b0');
const content = fc.tuple(fc.constantFrom('x', 'y'), fc.constantFrom(0, 1, 700, 70_000));

const operation = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), key, content }),
  fc.record({ kind: fc.constant('replace' as const), key, content }),
  fc.record({ kind: fc.constant('read' as const), key, offset: fc.nat(800), bytes: fc.nat(800) }),
  fc.record({ kind: fc.constant('list' as const), prefix: fc.constantFrom('', 'b', 'b/', 'b/c/'), after: key }),
  fc.record({ kind: fc.constant('delete' as const), keys: fc.array(key, { maxLength: 3 }) }),
);

type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** What the interface says should come of an operation, on a map. A code stands for a `BackendError`. */
function expected(model: Map<string, Buffer>, step: Operation): unknown {
  switch (step.kind) {
    case 'put': {
      const bytes = noise(...step.content);
      const there = model.get(step.key);
      if (there !== undefined) return there.length === bytes.length ? undefined : 'exists';
      model.set(step.key, bytes);
      return undefined;
    }
    case 'replace':
      model.set(step.key, noise(...step.content));
      return undefined;
    case 'read': {
      const there = model.get(step.key);
      if (there === undefined) return 'missing';
      const end = step.offset + step.bytes;
      return end > there.length ? 'truncated' : there.subarray(step.offset, end).toString('hex');
    }
    case 'list': {
      const keys = [...model.keys()].filter((each) => each.startsWith(step.prefix) && each > step.after);
      return keys.toSorted().map((each) => [each, model.get(each)?.length]);
    }
    case 'delete':
      for (const each of step.keys) model.delete(each);
      return [];
  }
}

async function actual(backend: Backend, root: string, step: Operation): Promise<unknown> {
  switch (step.kind) {
    case 'put':
      return await backend.put(root + step.key, sourceOf(noise(...step.content)));
    case 'replace':
      return await backend.replace(root + step.key, noise(...step.content));
    case 'read':
      return (await backend.read(root + step.key, step)).toString('hex');
    case 'list': {
      const listed = await collect(backend.list(root + step.prefix, root + step.after));
      return listed.map((each) => [each.key.slice(root.length), each.bytes]);
    }
    case 'delete':
      return await backend.delete(step.keys.map((each) => root + each));
  }
}

export function describeModel(backend: () => Backend): void {
  it('does what a map would do, whatever is asked in whatever order', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 30 }), async (steps) => {
        const root = `model/${(run += 1)}/`;
        const model = new Map<string, Buffer>();
        for (const step of steps) {
          const outcome = await actual(backend(), root, step).catch((error: unknown) => {
            if (error instanceof BackendError) return error.code;
            throw error;
          });
          expect(outcome).toEqual(expected(model, step));
        }
      }),
      { numRuns: RUNS },
    );
  });
}

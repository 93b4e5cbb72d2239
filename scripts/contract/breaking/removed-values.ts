import { METHODS } from '../../../src/contract/openapi-document.js';
import type { BreakingChange } from './breaking-change.js';
import { resolved, type Node } from './node.js';

/** For those who wait for it, the service will never say it again. */
const ID = 'response-enum-value-removed';

/**
 * What answers and events could say and no longer can: a value of an enumeration that was removed, or has another name now. Who waits
 * for it waits for ever, without any error, so it breaks clients, although nothing that is sent is refused. Pure.
 */
export function removedValues(base: Node, revision: Node): BreakingChange[] {
  const present = valuesOf(revision);
  return [...valuesOf(base)].flatMap(([place, { values, operation, where }]) => {
    // What is gone altogether, or no enumeration any more, is no question of its values.
    const now = present.get(place);
    const removed = now === undefined ? [] : [...values].filter((value) => !now.values.has(value));
    return removed.map((value) => ({
      id: ID,
      place: operation,
      sentence: `${where} can no longer be ${JSON.stringify(value)}, for which clients may wait.`,
    }));
  });
}

interface Enumeration {
  values: Set<unknown>;
  operation: string;
  where: string;
}

/** Every enumeration that can come back, by where it stands. */
function valuesOf(document: Node): Map<string, Enumeration> {
  const found = new Map<string, Enumeration>();
  const visit = (schema: unknown, operation: string, where: string, above: readonly unknown[]): void => {
    if (typeof schema !== 'object' || schema === null) return;
    const node = resolved(document, schema as Node);
    // A schema may be a part of itself.
    if (above.includes(node)) return;
    const path = [...above, node];
    if (Array.isArray(node.enum)) {
      const place = `${operation} ${where}`;
      const { values = new Set() } = found.get(place) ?? {};
      found.set(place, { values: new Set([...values, ...(node.enum as unknown[])]), operation, where });
    }
    for (const [name, property] of Object.entries((node.properties ?? {}) as Node)) {
      visit(property, operation, `${where}.${name}`, path);
    }
    visit(node.items, operation, `${where}[]`, path);
    visit(node.additionalProperties, operation, `${where}.*`, path);
    for (const key of ['oneOf', 'anyOf', 'allOf'] as const) {
      for (const part of (node[key] ?? []) as unknown[]) visit(part, operation, where, path);
    }
  };
  for (const [path, item] of Object.entries((document.paths ?? {}) as Record<string, Record<string, Node>>)) {
    for (const method of METHODS.filter((name) => item[name] !== undefined)) {
      const operation = `${method.toUpperCase()} ${path}`;
      const { responses = {}, 'x-events': events = {} } = item[method] as Node;
      for (const [status, response] of Object.entries(responses as Record<string, Node>)) {
        const { content = {} } = resolved(document, response);
        for (const { schema } of Object.values(content as Record<string, Node>)) {
          visit(schema, operation, `The ${status}'s body`, []);
        }
      }
      for (const [event, schema] of Object.entries(events as Node)) visit(schema, operation, `The event ${event}`, []);
    }
  }
  return found;
}

import { hash } from 'node:crypto';
import type { TypeFacts } from './type-closure.js';
import { whyUnpredictable } from './unpredictable-types.js';

/** What the catalogue says about a table, as far as it shapes its text. */
export interface ShapeFacts {
  oid: number;
  /** Its name and that of its schema, with the transaction that last wrote the latter. */
  identity: string;
  isHeap: boolean;
  /** Where its rows are and who they belong to, as text. */
  relation: string;
  /** SHA-256 (hex) of all that shapes the values of its columns, dropped ones too, but for their types. */
  columns: string;
  /** The oids of its columns' types, with spaces between them: the same text for the same types. */
  types: string;
  /** The first of its columns that is computed when it is read. */
  virtual: string | null;
}

/** Everything that shapes the text COPY makes of a table's rows, in short. */
export interface TableShape {
  /** SHA-256 (hex). Equal ones at two times mean equal text for equal rows, unless there is an obstacle. */
  fingerprint: string;
  /** Why the text may depend on more than this; absent when it does not. Part of a sentence. */
  obstacle?: string;
  /** Its types are an obstacle: their text may depend on where names are looked for. */
  hasOpenTypes?: true;
  /** What COPY is told to read; no part of the fingerprint, because a table that was renamed has the same rows. */
  identity: string;
}

/** All that some types are made of. */
interface Closure {
  /** SHA-256 (hex). */
  hash: string;
  obstacle?: string;
}

/**
 * Puts the shapes of tables together, some tables at a time. What their types are made of is worked out once for each
 * type, and once for each set of types that a table has: many tables have the same.
 */
export class TableShapes {
  /** By oid. */
  readonly byTable = new Map<number, TableShape>();
  private readonly types = new Map<number, { facts: TypeFacts; text: string }>();
  private readonly known = new Set<number>();
  private readonly closures = new Map<string, Closure>();
  private readonly common: string;

  /** `surroundings` are what all of them depend on: version, settings, format. */
  constructor(surroundings: unknown) {
    this.common = hash('sha256', JSON.stringify(surroundings));
  }

  /** The types whose closure has to be learnt before these can be added. */
  unknownTypes(tables: readonly ShapeFacts[]): number[] {
    const unknown = new Set<number>();
    for (const text of new Set(tables.map(({ types }) => types))) {
      for (const type of oidsIn(text)) if (!this.known.has(type)) unknown.add(type);
    }
    // Also those that the server does not know: nothing is asked twice.
    for (const type of unknown) this.known.add(type);
    return [...unknown];
  }

  learn(types: ReadonlyMap<number, TypeFacts>): void {
    for (const [oid, facts] of types) {
      this.known.add(oid);
      this.types.set(oid, { facts, text: describe(facts) });
    }
  }

  add(table: ShapeFacts): void {
    const types = this.closureOf(table.types);
    const obstacle = obstacleOf(table) ?? types.obstacle;
    this.byTable.set(table.oid, {
      fingerprint: hash('sha256', JSON.stringify([this.common, table.relation, table.columns, types.hash])),
      identity: table.identity,
      ...(types.obstacle !== undefined && { hasOpenTypes: true }),
      ...(obstacle !== undefined && { obstacle }),
    });
  }

  private closureOf(types: string): Closure {
    const already = this.closures.get(types);
    if (already) return already;
    const seen = new Map<number, { facts: TypeFacts; text: string }>();
    const waiting = oidsIn(types);
    for (let oid = waiting.pop(); oid !== undefined; oid = waiting.pop()) {
      const type = this.types.get(oid);
      if (!type || seen.has(oid)) continue;
      seen.set(oid, type);
      waiting.push(...type.facts.parts);
    }
    const parts = [...seen.values()].toSorted((a, b) => a.facts.oid - b.facts.oid);
    let obstacle: string | undefined;
    for (const { facts } of parts) obstacle ??= whyUnpredictable(facts);
    const closure = {
      hash: hash('sha256', parts.map(({ text }) => text).join()),
      ...(obstacle !== undefined && { obstacle }),
    };
    this.closures.set(types, closure);
    return closure;
  }
}

function oidsIn(types: string): number[] {
  return types === '' ? [] : types.split(' ').map(Number);
}

function obstacleOf({ isHeap, virtual }: ShapeFacts): string | undefined {
  if (!isHeap) return 'its rows are not stored as PostgreSQL itself stores them (access method)';
  if (virtual !== null) return `its column "${virtual}" is computed when it is read`;
  return undefined;
}

function describe({ oid, name, kind, isArray, extension, parts, rest }: TypeFacts): string {
  return JSON.stringify([oid, name, kind, isArray, extension, parts, rest]);
}

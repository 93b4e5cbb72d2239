import { hash } from 'node:crypto';
import type { TypeFacts } from './type-closure.js';
import { whyUnpredictable } from './unpredictable-types.js';

/** A table's row in the catalogue, as far as it says where its rows are and who they belong to. */
export interface RelationFacts {
  oid: number;
  /** Its name and that of its schema, with the transaction that last wrote the latter. */
  identity: string;
  isHeap: boolean;
  /** All else, as text. */
  rest: string;
}

export interface ColumnFacts {
  table: number;
  name: string;
  /** 0 for a dropped one. */
  type: number;
  /** Computed when it is read, not stored. */
  isVirtual: boolean;
  rest: string;
}

/** Everything that shapes the text COPY makes of a table's rows, in short. */
export interface TableShape {
  /** SHA-256 (hex). Equal ones at two times mean equal text for equal rows, unless there is an obstacle. */
  fingerprint: string;
  /** Why the text may depend on more than this; absent when it does not. Part of a sentence. */
  obstacle?: string;
  /** What COPY is told to read; no part of the fingerprint, because a table that was renamed has the same rows. */
  identity: string;
}

/**
 * The shapes by the tables' oids. `surroundings` are what all of them depend on: version, settings, format. Columns
 * come in the order of the tables' own.
 */
export function shapeTables(
  surroundings: unknown,
  relations: readonly RelationFacts[],
  columns: readonly ColumnFacts[],
  types: ReadonlyMap<number, TypeFacts>,
): Map<number, TableShape> {
  const closures = new Map<number, readonly TypeFacts[]>();
  const columnsOf = Map.groupBy(columns, ({ table }) => table);
  const common = JSON.stringify(surroundings);
  return new Map(
    relations.map((relation) => {
      const own = columnsOf.get(relation.oid) ?? [];
      const used = new Set<TypeFacts>();
      for (const { type } of own) for (const part of closureOf(type, types, closures)) used.add(part);
      const closure = [...used].toSorted((a, b) => a.oid - b.oid);
      const obstacle = obstacleOf(relation, own, closure);
      const facts = [common, relation.rest, own.map(({ rest }) => rest), closure.map(describe)];
      const shape: TableShape = {
        fingerprint: hash('sha256', JSON.stringify(facts)),
        identity: relation.identity,
        ...(obstacle !== undefined && { obstacle }),
      };
      return [relation.oid, shape];
    }),
  );
}

function closureOf(
  type: number,
  types: ReadonlyMap<number, TypeFacts>,
  known: Map<number, readonly TypeFacts[]>,
): readonly TypeFacts[] {
  const already = known.get(type);
  if (already) return already;
  const seen = new Set<TypeFacts>();
  const waiting = [type];
  for (let oid = waiting.pop(); oid !== undefined; oid = waiting.pop()) {
    const facts = types.get(oid);
    if (!facts || seen.has(facts)) continue;
    seen.add(facts);
    waiting.push(...facts.parts);
  }
  const closure = [...seen];
  known.set(type, closure);
  return closure;
}

function obstacleOf(
  relation: RelationFacts,
  columns: readonly ColumnFacts[],
  closure: readonly TypeFacts[],
): string | undefined {
  if (!relation.isHeap) return 'its rows are not stored as PostgreSQL itself stores them (access method)';
  const computed = columns.find(({ isVirtual }) => isVirtual);
  if (computed) return `its column "${computed.name}" is computed when it is read`;
  for (const type of closure) {
    const why = whyUnpredictable(type);
    if (why !== undefined) return why;
  }
  return undefined;
}

function describe({ oid, name, kind, isArray, extension, parts, rest }: TypeFacts): unknown {
  return [oid, name, kind, isArray, extension, parts, rest];
}

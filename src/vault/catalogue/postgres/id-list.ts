import { ID_BYTES } from '../catalogue.js';

/** Ids in one statement: few enough that the planner's guess at its cost does not have it compiled first. */
export const ID_BATCH = 2_500;

/**
 * Ids as one run of bytes, which goes to the server as it is; an array of 5,000 would be written out in hex and read
 * again, which takes longer than the look-up. The SQL below takes it apart. `TypeError` for an id of another length.
 */
export function joinIds(ids: readonly Buffer[]): Buffer {
  for (const id of ids) {
    if (id.length !== ID_BYTES) throw new TypeError(`An id has ${ID_BYTES} bytes, this one has ${id.length}.`);
  }
  return Buffer.concat(ids as Buffer[]);
}

/** SQL for the id at `index` (from 0) in the parameter made by `joinIds()`. */
export function idAt(parameter: string, index: string): string {
  return `substring(${parameter}::bytea FROM (${index}) * ${ID_BYTES} + 1 FOR ${ID_BYTES})`;
}

/** SQL for all ids in the parameter as rows of one column, `id`, in a subquery. */
export function idRows(parameter: string): string {
  return `(SELECT ${idAt(parameter, 'i')} AS id FROM generate_series(0, octet_length(${parameter}::bytea) / ${ID_BYTES} - 1) AS i)`;
}

/** The text form of an array of whole numbers. */
export function integerArray(numbers: readonly number[]): string {
  return `{${numbers.join(',')}}`;
}

import type { EncodedPath } from './manifest.js';
import type { ChunkRef, ContentRef } from './content-ref.js';

/*
 * Readers of single fields, each of which throws an `Error` that names the field when it holds something else.
 */

export type Fields = Record<string, unknown>;

/** No chunker cuts larger ones; a manifest that names some was not written by us. */
const MOST_CHUNK_BYTES = 1024 * 1024 * 1024;

export function content(value: unknown): ContentRef {
  const fields = object(value, 'content');
  const list = fields['chunks'];
  if (!Array.isArray(list)) throw wrong('chunks');
  const chunks = list.map(chunk);
  const bytes = count(fields, 'bytes');
  if (chunks.reduce((sum, chunk) => sum + chunk.bytes, 0) !== bytes) throw wrong('bytes');
  return { bytes, sha256: sha256(fields, 'sha256'), chunks };
}

function chunk(value: unknown): ChunkRef {
  const fields = object(value, 'chunk');
  const bytes = count(fields, 'bytes', MOST_CHUNK_BYTES);
  if (bytes === 0) throw wrong('bytes');
  return { id: sha256(fields, 'id'), bytes };
}

export function path(fields: Fields, name: string): EncodedPath {
  const value = text(fields, name);
  if (!value.startsWith('utf8:') && !value.startsWith('base64:')) throw wrong(name);
  return value;
}

export function time(fields: Fields, name: string): string {
  const value = text(fields, name);
  if (Number.isNaN(Date.parse(value))) throw wrong(name);
  return value;
}

export function sha256(fields: Fields, name: string): string {
  const value = text(fields, name);
  if (!/^[0-9a-f]{64}$/.test(value)) throw wrong(name);
  return value;
}

export function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw wrong(name);
  return value;
}

export function count(fields: Fields, name: string, most: number = Number.MAX_SAFE_INTEGER): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > most) throw wrong(name);
  return value;
}

/** One that may be negative. */
export function integer(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw wrong(name);
  return value;
}

/** Decimal text of a number that may not fit a double. */
export function decimal(fields: Fields, name: string): string {
  const value = text(fields, name);
  if (!/^-?\d{1,20}$/.test(value)) throw wrong(name);
  return value;
}

/** Decimal text of a sum of any number of 64-bit integers. */
export function sum(fields: Fields, name: string): string {
  const value = text(fields, name);
  if (!/^-?\d{1,40}$/.test(value)) throw wrong(name);
  return value;
}

export function flag(fields: Fields, name: string): boolean {
  const value = fields[name];
  if (typeof value !== 'boolean') throw wrong(name);
  return value;
}

/** A list whose items `read` reads. */
export function list<T>(fields: Fields, name: string, read: (item: unknown) => T): T[] {
  const value = fields[name];
  if (!Array.isArray(value)) throw wrong(name);
  return value.map(read);
}

export function object(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(name);
  return value as Fields;
}

export function wrong(name: string): Error {
  return new Error(`"${name}" is not what a manifest holds there`);
}

/** The field as `read` says it, or nothing where there is none. */
export function optional<N extends string, T>(
  fields: Fields,
  name: N,
  read: (fields: Fields, name: N) => T,
): { [K in N]?: T } {
  return fields[name] === undefined ? {} : ({ [name]: read(fields, name) } as { [K in N]?: T });
}

export function texts(fields: Fields, name: string): string[] {
  return list(fields, name, (item) => {
    if (typeof item !== 'string') throw wrong(name);
    return item;
  });
}

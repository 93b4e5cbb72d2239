import {
  MANIFEST_FORMAT,
  type ChunkRef,
  type ContentRef,
  type EncodedPath,
  type ManifestEntry,
  type ManifestFooter,
  type ManifestHeader,
} from '../manifest.js';

/** No chunker cuts larger ones; a manifest that names some was not written by us. */
const MOST_CHUNK_BYTES = 1024 * 1024 * 1024;

/** Parsed lines carry the known fields only. All three functions throw an `Error` that names the wrong field. */
export function parseHeader(line: unknown): ManifestHeader {
  const fields = object(line, 'header');
  if (fields['kind'] !== 'header') throw wrong('kind');
  if (fields['format'] !== MANIFEST_FORMAT) throw wrong('format');
  const base = fields['baseSnapshotId'];
  return {
    kind: 'header',
    format: MANIFEST_FORMAT,
    snapshotId: text(fields, 'snapshotId'),
    createdAt: time(fields, 'createdAt'),
    ...(base === undefined ? {} : { baseSnapshotId: text(fields, 'baseSnapshotId') }),
    tools: tools(fields['tools']),
  };
}

export function parseEntry(line: unknown): ManifestEntry {
  const fields = object(line, 'entry');
  switch (fields['kind']) {
    case 'database-archive':
      return {
        kind: 'database-archive',
        serverVersion: text(fields, 'serverVersion'),
        databaseBytes: count(fields, 'databaseBytes'),
        content: content(fields['content']),
      };
    case 'file':
      return { kind: 'file', ...attributes(fields), content: content(fields['content']) };
    case 'directory':
      return { kind: 'directory', ...attributes(fields) };
    case 'symlink':
      return { kind: 'symlink', ...attributes(fields), target: path(fields, 'target') };
    case 'warning':
      return { kind: 'warning', code: text(fields, 'code'), message: text(fields, 'message') };
    default:
      throw wrong('kind');
  }
}

export function parseFooter(line: unknown): ManifestFooter {
  const fields = object(line, 'footer');
  if (fields['kind'] !== 'footer') throw wrong('kind');
  return { kind: 'footer', entries: count(fields, 'entries'), sha256: sha256(fields, 'sha256') };
}

type Fields = Record<string, unknown>;

function attributes(fields: Fields) {
  return {
    path: path(fields, 'path'),
    mode: count(fields, 'mode', 0o7777),
    uid: count(fields, 'uid', 0xffff_ffff),
    gid: count(fields, 'gid', 0xffff_ffff),
    mtimeNs: nanoseconds(fields, 'mtimeNs'),
  };
}

function content(value: unknown): ContentRef {
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

function tools(value: unknown): Record<string, string> {
  const fields = object(value, 'tools');
  return Object.fromEntries(Object.keys(fields).map((name) => [name, text(fields, name)]));
}

function path(fields: Fields, name: string): EncodedPath {
  const value = text(fields, name);
  if (!value.startsWith('utf8:') && !value.startsWith('base64:')) throw wrong(name);
  return value;
}

function time(fields: Fields, name: string): string {
  const value = text(fields, name);
  if (Number.isNaN(Date.parse(value))) throw wrong(name);
  return value;
}

function nanoseconds(fields: Fields, name: string): string {
  const value = text(fields, name);
  if (!/^-?\d{1,20}$/.test(value)) throw wrong(name);
  return value;
}

function sha256(fields: Fields, name: string): string {
  const value = text(fields, name);
  if (!/^[0-9a-f]{64}$/.test(value)) throw wrong(name);
  return value;
}

function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw wrong(name);
  return value;
}

function count(fields: Fields, name: string, most: number = Number.MAX_SAFE_INTEGER): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > most) throw wrong(name);
  return value;
}

function object(value: unknown, name: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(name);
  return value as Fields;
}

function wrong(name: string): Error {
  return new Error(`"${name}" is not what a manifest holds there`);
}

import {
  MANIFEST_FORMAT,
  type DataRun,
  type FileEntry,
  type FileIdentity,
  type LeftOutEntry,
  type ManifestEntry,
  type ManifestFooter,
  type ManifestHeader,
  type SparseLayout,
} from './manifest.js';
import { origin, outcome, texts as textsByName } from './manifest-ends-parser.js';
import { isDatabasePart, parseDatabasePart } from './database-part-parser.js';
import {
  content,
  count,
  decimal,
  list,
  object,
  path,
  sha256,
  text,
  texts,
  time,
  wrong,
  type Fields,
} from './manifest-fields.js';

/** Parsed lines carry the known fields only. All that parses throws an `Error` that names the wrong field. */
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
    tools: textsByName(fields['tools'], 'tools'),
    ...(fields['origin'] === undefined ? {} : { origin: origin(object(fields['origin'], 'origin')) }),
  };
}

export function parseEntry(line: unknown): ManifestEntry {
  const fields = object(line, 'entry');
  if (isDatabasePart(fields['kind'])) return parseDatabasePart(fields['kind'], fields);
  switch (fields['kind']) {
    case 'file':
      return fields['sparse'] === undefined ? file(fields) : sparseFile(fields);
    case 'sparse-file':
      return sparseFile(fields);
    case 'directory':
      return { kind: 'directory', ...attributes(fields) };
    case 'symlink':
      return { kind: 'symlink', ...attributes(fields), target: path(fields, 'target') };
    case 'exclusion':
      return {
        kind: 'exclusion',
        tables: texts(fields, 'tables'),
        rowsOf: texts(fields, 'rowsOf'),
        paths: texts(fields, 'paths'),
      };
    case 'left-out':
      return leftOut(fields);
    case 'warning':
      return { kind: 'warning', code: text(fields, 'code'), message: text(fields, 'message') };
    default:
      throw wrong('kind');
  }
}

/** What `parseEntry` reads back as this entry. */
export function lineOf(entry: ManifestEntry): object {
  return entry.kind === 'file' && entry.sparse !== undefined ? { ...entry, kind: 'sparse-file' } : entry;
}

export function parseFooter(line: unknown): ManifestFooter {
  const fields = object(line, 'footer');
  if (fields['kind'] !== 'footer') throw wrong('kind');
  const found = fields['outcome'];
  return {
    kind: 'footer',
    entries: count(fields, 'entries'),
    sha256: sha256(fields, 'sha256'),
    ...(found === undefined ? {} : { outcome: outcome(object(found, 'outcome')) }),
  };
}

function leftOut(fields: Fields): LeftOutEntry {
  const { of } = fields;
  if (of === 'unreadable') return { kind: 'left-out', of, path: path(fields, 'path') };
  if (of !== 'rows' && of !== 'table') throw wrong('of');
  return { kind: 'left-out', of, schema: text(fields, 'schema'), name: text(fields, 'name') };
}

function attributes(fields: Fields) {
  return {
    path: path(fields, 'path'),
    mode: count(fields, 'mode', 0o7777),
    uid: count(fields, 'uid', 0xffff_ffff),
    gid: count(fields, 'gid', 0xffff_ffff),
    mtimeNs: decimal(fields, 'mtimeNs'),
  };
}

function identity(fields: Fields): { identity?: FileIdentity } {
  if (fields['identity'] === undefined) return {};
  const value = object(fields['identity'], 'identity');
  return { identity: { ctimeNs: decimal(value, 'ctimeNs'), inode: decimal(value, 'inode') } };
}

function file(fields: Fields): FileEntry {
  return { kind: 'file', ...attributes(fields), ...identity(fields), content: content(fields['content']) };
}

function sparseFile(fields: Fields): FileEntry {
  const whole = file(fields);
  return { ...whole, sparse: layout(fields['sparse'], whole.content.bytes) };
}

/** Each run lies behind the one before it and within the file, and together they are the content. */
function layout(value: unknown, contentBytes: number): SparseLayout {
  const fields = object(value, 'sparse');
  const bytes = count(fields, 'bytes');
  const runs = list(fields, 'runs', run);
  let end = -1;
  let sum = 0;
  for (const { offset, bytes: length } of runs) {
    if (offset <= end) throw wrong('runs');
    end = offset + length;
    sum += length;
  }
  if (end > bytes || sum !== contentBytes) throw wrong('runs');
  return { bytes, runs };
}

function run(value: unknown): DataRun {
  const fields = object(value, 'runs');
  const [offset, bytes] = [count(fields, 'offset'), count(fields, 'bytes')];
  if (bytes === 0) throw wrong('runs');
  return { offset, bytes };
}

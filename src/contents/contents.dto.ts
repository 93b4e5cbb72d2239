import type { SnapshotFile, SnapshotTable } from '../contract/generated/types.gen.js';
import { type Bounds, ListOrder, type Page } from '../database/page.js';
import { type AskedPath, type FilestorePart, nameOf, textOf } from '../engine/contents/browse-files.js';
import type { BrowsedTable } from '../engine/contents/browse-tables.js';
import type { ContentsPage } from '../engine/contents/browse.js';
import { errors } from '../errors/catalogue.js';
import { fileSize, type LeftOutTableEntry } from '../vault/manifests/manifest.js';
import type { SnapshotEntity } from '../snapshots/snapshot.entity.js';

const BASE64 = 'base64:';
const NS_PER_MS = 1_000_000n;

/** Of everything in a snapshot: a cursor holds where the next page begins, as bytes. */
export const CONTENTS_ORDER = new ListOrder<string>('contents', ['text'], (key) => [
  Buffer.from(key, 'latin1').toString('base64url'),
]);

/** Where a page begins; undefined for the first one. */
export function keyOfBounds({ after }: Bounds): string | undefined {
  const [encoded] = after ?? [];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64url').toString('latin1');
}

export function toPage<E, D, K>(
  { items, next }: ContentsPage<E, K>,
  bounds: Bounds,
  order: ListOrder<K>,
  show: (item: E) => D,
): Page<D> {
  const { limit, passed } = bounds;
  const more = next !== undefined;
  return {
    items: items.map(show),
    total: passed + items.length + (more ? 1 : 0),
    totalIsLowerBound: more,
    limit,
    offset: passed,
    nextCursor: more ? order.cursor(next, passed + items.length) : null,
  };
}

/** What is no path, the contract refuses. Throws `validation-failed` for bytes that are none. */
export function askedPath(
  { path = '', pathBase64 }: { path?: string; pathBase64?: string },
  field = 'pathBase64',
): AskedPath {
  if (pathBase64 === undefined) return path;
  const bytes = Buffer.from(pathBase64, 'base64');
  if (!bytes.includes(0) && isPath(bytes.toString('latin1'))) return bytes;
  throw errors.validationFailed([{ field, message: 'must be the bytes of a path' }]);
}

export function toTableDto(table: BrowsedTable, base: SnapshotEntity | null): SnapshotTable {
  if (table.kind === 'left-out') return leftOutTable(table);
  const { schema, name, columns, totals, reason, condition } = table;
  const isUnchanged = totals.segments > 0 && totals.carriedOver === totals.segments;
  return {
    schema,
    name,
    rowCount: totals.rows,
    textBytes: totals.bytes,
    columns,
    segmentCount: totals.segments,
    carriedOverSegmentCount: totals.carriedOver,
    unchangedSince: isUnchanged && base !== null ? (base.startedAt ?? base.createdAt).toISOString() : null,
    readInFullReason: reason ?? null,
    condition: condition ?? null,
    leftOut: null,
  };
}

function leftOutTable({ schema, name, of }: LeftOutTableEntry): SnapshotTable {
  return {
    ...{ schema, name, leftOut: of },
    ...{ rowCount: 0, textBytes: 0, columns: [], segmentCount: 0, carriedOverSegmentCount: 0 },
    ...{ unchangedSince: null, readInFullReason: null, condition: null },
  };
}

export function toFileDto(entry: FilestorePart): SnapshotFile {
  const { path, kind, mode, uid, gid, mtimeNs } = entry;
  return {
    path: textOf(path),
    pathBase64: path.startsWith(BASE64) ? path.slice(BASE64.length) : null,
    name: nameOf(entry),
    kind,
    sizeBytes: kind === 'file' ? fileSize(entry) : null,
    mode,
    uid,
    gid,
    modifiedAt: timeOf(mtimeNs),
    target: kind === 'symlink' ? textOf(entry.target) : null,
    sha256: kind === 'file' ? entry.content.sha256 : null,
  };
}

/** What a date cannot hold is the nearest that it can: any program may write any time. */
function timeOf(mtimeNs: string): string {
  const ms = BigInt(mtimeNs) / NS_PER_MS;
  const [first, last] = [Date.parse('0000-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')];
  return new Date(Math.min(last, Math.max(first, Number(ms)))).toISOString();
}

function isPath(path: string): boolean {
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

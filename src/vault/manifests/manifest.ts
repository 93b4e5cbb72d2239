import type { ContentRef } from './content-ref.js';
import type { DatabasePartEntry } from './manifest-database.js';

/**
 * The manifest of one snapshot: a header, then entries in any order, then a footer. On disk it is a
 * stream of JSON lines, so that a manifest of a million files is written and read in bounded memory.
 * A manifest without its footer is not a manifest: it was cut off.
 */
export const MANIFEST_FORMAT = 1;

/**
 * A path or link target relative to the filestore's root, `/` between its parts. File names are bytes
 * on Linux: those that are not UTF-8 are kept as `base64:` + base64 of the bytes, the others as
 * `utf8:` + text, so that neither can be mistaken for the other.
 */
export type EncodedPath = string;

export interface ManifestHeader {
  kind: 'header';
  format: typeof MANIFEST_FORMAT;
  snapshotId: string;
  createdAt: string;
  /** The base this snapshot needs; absent for a full one. */
  baseSnapshotId?: string;
  tools: Record<string, string>;
  /** Absent in manifests that were written before it was kept. */
  origin?: SnapshotOrigin;
}

/**
 * Where a snapshot comes from, for whoever has nothing but the vault: what the service knew when the capture began. Names, labels
 * and pins may have changed since. No address, no path and no secret.
 */
export interface SnapshotOrigin {
  organization: string;
  project: { id: string; name: string; description?: string };
  environment: {
    id: string;
    name: string;
    /** As the service names types, such as `production`. */
    type: string;
    pool: string;
    labels: Record<string, string>;
    /** Whether it had a database, whether it had a filestore. */
    database: boolean;
    filestore: boolean;
  };
  trigger: string;
  label?: string;
  requestedBy: string;
  /** RFC 3339. */
  requestedAt: string;
  deploymentId?: string;
}

interface FilestoreEntry {
  path: EncodedPath;
  /** Permission bits, as in `stat.mode & 0o7777`. */
  mode: number;
  uid: number;
  gid: number;
  /** Nanoseconds since 1970, decimal: more than a double holds. */
  mtimeNs: string;
}

/** In a manifest's lines one with `sparse` is of the kind `sparse-file`: who does not know about holes must not pass over them. */
export interface FileEntry extends FilestoreEntry {
  kind: 'file';
  /** What tells a later differential, with size and mtime, that the file was not touched since. */
  identity?: FileIdentity;
  /** All of the file; of one with holes, its runs of data, one behind the other. */
  content: ContentRef;
  sparse?: SparseLayout;
}

/** Where the content of a file with holes lies in it. What is in no run is zeros that take no room. */
export interface SparseLayout {
  /** The file's size; its content may be less. */
  bytes: number;
  /** Ascending, apart from each other. Together as long as the content. */
  runs: DataRun[];
}

export interface DataRun {
  offset: number;
  bytes: number;
}

/** How long a file is: not what it takes, which is its content. */
export function fileSize({ sparse, content }: Pick<FileEntry, 'content' | 'sparse'>): number {
  return sparse?.bytes ?? content.bytes;
}

export interface FileIdentity {
  /** Nanoseconds since 1970, decimal. */
  ctimeNs: string;
  /** Decimal. */
  inode: string;
}

/** The root directory has the path `utf8:`. */
export interface DirectoryEntry extends FilestoreEntry {
  kind: 'directory';
}

export interface SymlinkEntry extends FilestoreEntry {
  kind: 'symlink';
  target: EncodedPath;
}

/** Something a person should know about this snapshot: a skipped socket, a file that kept changing. */
export interface WarningEntry {
  kind: 'warning';
  code: string;
  message: string;
}

/**
 * Under which rules the snapshot was taken; at most one in a manifest, and only where there were some. What they have left out is not
 * what the environment lacked: a restore keeps what is live there.
 */
export interface ExclusionEntry {
  kind: 'exclusion';
  /** Patterns of tables that are in no way in the snapshot. */
  tables: string[];
  /** Of tables whose rows are not. */
  rowsOf: string[];
  /** Of paths, as in a `.gitignore`. */
  paths: string[];
}

/** Something that was there and is not in the snapshot, by its name. */
export type LeftOutEntry = LeftOutTableEntry | UnreadableEntry;

export interface LeftOutTableEntry {
  kind: 'left-out';
  of: 'rows' | 'table';
  schema: string;
  name: string;
}

/** Nobody could read it. */
export interface UnreadableEntry {
  kind: 'left-out';
  of: 'unreadable';
  path: EncodedPath;
}

export interface ManifestFooter {
  kind: 'footer';
  /** Entries between header and footer. */
  entries: number;
  /** SHA-256 (hex) of all lines before this one, newlines included. */
  sha256: string;
  /** Absent in manifests that were written before it was kept. */
  outcome?: SnapshotOutcome;
}

/** What a capture came to, as far as the entries do not say it or only all of them together. */
export interface SnapshotOutcome {
  /** As the server counts them; absent without a database. */
  databaseBytes?: number;
  /** Absent without a filestore, both. */
  filestoreBytes?: number;
  fileCount?: number;
  readBytes: number;
  carriedOverBytes: number;
  /** What the vault had grown by, without the manifest. */
  contentBytes: number;
  /** Whether a differential can be built on it. */
  canBeBase: boolean;
  /** What speaks against getting it back. */
  findings: { code: string; message: string; blocking: boolean }[];
  /** What else the service's row of it says, as JSON that only its writer reads. */
  record?: string;
}

export type ManifestEntry =
  | DatabasePartEntry
  | FileEntry
  | DirectoryEntry
  | SymlinkEntry
  | ExclusionEntry
  | LeftOutEntry
  | WarningEntry;

import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { ChunkIdSet } from '../../../vault/chunking/chunk-id-set.js';
import { EngineError } from '../../engine-error.js';
import type { PathRules } from '../../filestore/paths/path-rules.js';
import { nameSome } from '../../name-some.js';
import type { CaptureWarning } from '../capture-warnings.js';
import { type PathRecordingWriter, pathId } from './path-recording-writer.js';
import type { PathSpool } from './path-spool.js';

/** What an environment says about the files its rows refer to. */
export interface FileReferences {
  /** Returns their paths, relative to the filestore's root. */
  query: string;
  /** What to do when the snapshot lacks one. */
  onDangling: 'fail' | 'warn';
  /** How long it may take in all, in seconds; `QUERY_SECONDS` unless told. */
  timeoutSeconds?: number;
  /** What to do when the query fails; default `fail`. */
  onFailure?: 'fail' | 'warn';
}

/** How many paths a sentence tells of, and by how many digits. */
const SHOWN = 3;
const DIGEST_DIGITS = 12;

/** Of more files that are missing than this it is not known any more whether several rows name one: 100 MB at the most. */
export const MOST_DANGLING_TOLD_APART = 1_000_000;

export interface DanglingReferences {
  /** Files that are referred to, each once however many rows name it. */
  references: number;
  dangling: number;
  /** False when there are so many that some may have been counted twice. */
  exact: boolean;
  /** The first of them, as a row names them. */
  named: string[];
}

/**
 * Compares the files that rows refer to with those in the snapshot, when all of them have been captured. Resolves to a
 * warning when some are missing. Rejects with `EngineError('dangling-references')` when that is to fail it.
 */
export async function checkReferences(
  paths: Pick<PathSpool, 'read'>,
  captured: Pick<PathRecordingWriter, 'has'>,
  onDangling: FileReferences['onDangling'],
  leftOut?: PathRules,
): Promise<CaptureWarning | undefined> {
  return judgeReferences(await compareReferences(paths, captured, { leftOut }), onDangling);
}

/**
 * Memory grows with the files that are both captured and referred to, 50 to 100 bytes each, and with those that are missing, up to `most`.
 */
export async function compareReferences(
  paths: Pick<PathSpool, 'read'>,
  captured: Pick<PathRecordingWriter, 'has'>,
  { most = MOST_DANGLING_TOLD_APART, leftOut }: { most?: number; leftOut?: PathRules | undefined } = {},
): Promise<DanglingReferences> {
  const found: DanglingReferences = { references: 0, dangling: 0, exact: true, named: [] };
  const seen = { captured: new ChunkIdSet(), dangling: new ChunkIdSet() };
  for await (const some of paths.read()) {
    for (const path of some) {
      // Nobody wants it in the snapshot, so it is not missed.
      if (leftOut?.names(Buffer.from(posix.normalize(path)), 'other')) continue;
      const id = pathId(path);
      const isCaptured = captured.has(id);
      const before = isCaptured ? seen.captured : seen.dangling;
      if (!isCaptured && before.size >= most && !before.has(id)) found.exact = false;
      else if (!before.add(id)) continue;
      found.references += 1;
      if (isCaptured) continue;
      found.dangling += 1;
      if (found.named.length < SHOWN) found.named.push(path);
    }
  }
  return found;
}

/**
 * What is told of a path: the query can return anything that is in the database, and what it returns is not for everybody who sees
 * the snapshot. Who has the rows finds it again.
 */
export function pathDigest(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, DIGEST_DIGITS);
}

/** The warning about dangling references, if there are any. Throws `EngineError('dangling-references')` when they are to fail it. */
function judgeReferences(
  { references, dangling, exact, named }: DanglingReferences,
  onDangling: FileReferences['onDangling'],
): CaptureWarning | undefined {
  if (dangling === 0) return undefined;
  const names = nameSome(named.map(pathDigest), { count: dangling });
  const counted = exact ? `${dangling} of the ${references}` : `About ${dangling} of the about ${references}`;
  const message = `${counted} files the database refers to are not in the filestore; the SHA-256 of their paths begins with ${names}.`;
  if (onDangling === 'fail') {
    throw new EngineError('dangling-references', `${message} Bring them back, or set failurePolicy to "continue".`);
  }
  return { code: 'dangling-references', message };
}

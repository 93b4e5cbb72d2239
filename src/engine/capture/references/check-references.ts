import { EngineError } from '../../engine-error.js';
import { displayPath } from '../../filestore/encoded-path.js';
import type { CaptureWarning } from '../capture-warnings.js';
import type { DatabaseAddress } from '../../postgres/database-address.js';
import type { WorkContext } from '../../progress.js';
import { type DanglingReferences, findDanglingReferences } from './dangling-references.js';

/** What an environment says about the files its rows refer to. */
export interface FileReferences {
  /** Returns their paths, relative to the filestore's root. */
  query: string;
  /** What to do when the snapshot lacks one. */
  onDangling: 'fail' | 'warn';
  /** What to do when the query fails; default `fail`. */
  onFailure?: 'fail' | 'warn';
}

/** How many paths a sentence names. */
const SHOWN = 3;

/**
 * Compares the files that rows refer to with those in the snapshot, under the cut. Resolves to a warning when some are
 * missing, or the query fails. Rejects with `EngineError('dangling-references' | 'file-references-failed')` when that is to
 * fail it.
 */
export async function checkReferences(
  address: DatabaseAddress,
  snapshotName: string,
  references: FileReferences,
  captured: { has(path: string): boolean },
  { signal, progress }: WorkContext,
): Promise<CaptureWarning | undefined> {
  progress.report({ phase: 'filestore', message: 'Comparing the files that rows refer to' });
  const isCaptured = (path: string) => captured.has(path);
  try {
    const found = await findDanglingReferences(address, { snapshotName }, references.query, isCaptured, { signal });
    return judgeReferences(found, references.onDangling);
  } catch (error) {
    const isQuery = error instanceof EngineError && error.code === 'file-references-failed';
    if (!isQuery || references.onFailure !== 'warn') throw error;
    return { code: error.code, message: `Nobody knows whether files are missing. ${error.message}` };
  }
}

/** The warning about dangling references, if there are any. Throws `EngineError('dangling-references')` when they are to fail it. */
export function judgeReferences(
  found: DanglingReferences,
  onDangling: FileReferences['onDangling'],
): CaptureWarning | undefined {
  if (found.dangling === 0) return undefined;
  const shown = found.named.slice(0, SHOWN).map((path) => `"${displayPath(Buffer.from(path))}"`);
  const more = found.dangling - shown.length;
  const names = `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  const message = `${found.dangling} of the ${found.references} files the database refers to are not in the filestore: ${names}.`;
  if (onDangling === 'fail') {
    throw new EngineError('dangling-references', `${message} Bring them back, or set failurePolicy to "continue".`);
  }
  return { code: 'dangling-references', message };
}

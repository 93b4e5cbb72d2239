import { type DatabaseFingerprint, fingerprintDatabase } from './database.js';
import { type FileFingerprint, fingerprintTree } from './tree.js';

/** Everything about an environment that a rollback has to bring back, small enough to keep. */
export interface Fingerprint {
  database: DatabaseFingerprint;
  /** By path, as printable text; the tree's own root is `.`. */
  files: Map<string, FileFingerprint>;
}

/**
 * Reads a whole environment, every row and every byte, and none of it through Snapback: what Snapback
 * overlooks must not be overlooked here too. Nobody may write to the environment meanwhile.
 * @param environment its connection URL, and the path of its filestore
 */
export async function fingerprintEnvironment(environment: {
  url: string;
  filestorePath: string;
}): Promise<Fingerprint> {
  const [database, files] = await Promise.all([
    fingerprintDatabase(environment.url),
    fingerprintTree(environment.filestorePath),
  ]);
  return { database, files };
}

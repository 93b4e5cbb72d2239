import type { Backend } from '../backend/backend.js';
import { listProjects } from './list-projects.js';
import { KeyError } from './key-error.js';
import type { MasterKey } from './master-key.js';
import { openProjectKey } from './project-key-file.js';
import { readKeyFile } from './read-key-file.js';

/** So many projects are asked before a key counts as wrong. Nearly always the first one answers. */
const ASKED_PROJECTS = 100;

/**
 * Proves that this is the master key of the vault: it opens the key of a project there. A vault without projects proves nothing and
 * passes. So does one whose keys are being wrapped anew, for both keys: some projects still have the old one then, or the new one
 * already, and each says so when it is used. A key file that is missing or damaged is one project's own trouble.
 *
 * Rejects with `KeyError('wrong-master-key')`, and as the backend does.
 */
export async function proveMasterKey(backend: Backend, master: MasterKey): Promise<void> {
  let wrong: KeyError | undefined;
  let asked = 0;
  for await (const project of listProjects(backend)) {
    try {
      openProjectKey(master, await readKeyFile(backend, project));
      return;
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      if (error.code === 'wrong-master-key') wrong ??= error;
    }
    asked += 1;
    if (asked === ASKED_PROJECTS) break;
  }
  if (wrong !== undefined) throw wrong;
}

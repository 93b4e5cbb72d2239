import type { Backend } from '../backend/backend.js';
import { isBackendError } from '../backend/backend-error.js';
import { projectKeyFile } from '../format/object-keys.js';
import { KeyError } from './key-error.js';
import { parseProjectKeyFile, type ProjectKeyFile } from './project-key-file.js';

/** Rejects with `KeyError('key-file-missing' | 'key-file-damaged')`, and as the backend does. */
export async function readKeyFile(backend: Backend, project: string): Promise<ProjectKeyFile> {
  try {
    return parseProjectKeyFile((await backend.read(projectKeyFile(project))).toString('utf8'), project);
  } catch (error) {
    if (!isBackendError(error, 'missing')) throw error;
    throw new KeyError('key-file-missing', `The vault holds no key of project ${project}. Restore it from a copy.`, {
      cause: error,
    });
  }
}

import { isBackendError } from '../backend/backend-error.js';
import type { DataKey } from '../keys/data-key.js';
import { KeyError } from '../keys/key-error.js';
import { projectKeyFile } from '../object-keys.js';
import { ProjectKeys } from '../project-keys.js';
import type { VaultParts } from './check-parts.js';
import type { Finding, FindingCode } from './finding.js';

const CODES: Partial<Record<KeyError['code'], FindingCode>> = {
  'key-file-missing': 'key-missing',
  'key-file-damaged': 'key-damaged',
  'wrong-master-key': 'key-wrong',
};

/** The project's key, or what is wrong with it: then nothing of the project can be read. Throws as the backend does. */
export async function openKeyOrFinding(parts: VaultParts, project: string): Promise<DataKey | Finding> {
  try {
    return await new ProjectKeys(parts.backend, parts.masterKey).of(project);
  } catch (error) {
    const truncated = isBackendError(error, 'truncated');
    const code = error instanceof KeyError ? CODES[error.code] : truncated ? 'key-damaged' : undefined;
    if (code === undefined || !(error instanceof Error)) throw error;
    return { severity: 'damage', code, object: projectKeyFile(project), message: error.message };
  }
}

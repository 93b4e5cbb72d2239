import { isBackendError } from '../backend/backend-error.js';
import { DataKey } from '../keys/data-key.js';
import { KeyError } from '../keys/key-error.js';
import { projectKeyFile, projectPrefix } from '../format/object-keys.js';
import { ProjectKeys } from '../keys/project-keys.js';
import type { VaultParts } from './check-parts.js';
import type { Finding, FindingCode } from './finding.js';

const CODES: Partial<Record<KeyError['code'], FindingCode>> = {
  'key-file-missing': 'key-missing',
  'key-file-damaged': 'key-damaged',
  'wrong-master-key': 'key-wrong',
};

/**
 * The project's key, or what is wrong with it: then nothing of the project can be read; or undefined for a project that has no
 * key because there is nothing in it. Throws as the stores do.
 */
export async function openKeyOrFinding(parts: VaultParts, project: string): Promise<DataKey | Finding | undefined> {
  const first = await tryToOpen(parts, project);
  if (first instanceof DataKey || first.code !== 'key-missing') return first;
  if (await isEmpty(parts, project)) return undefined;
  // A project's first capture may have made it meanwhile.
  return await tryToOpen(parts, project);
}

async function tryToOpen(parts: VaultParts, project: string): Promise<DataKey | Finding> {
  try {
    return await new ProjectKeys(parts.backend, parts.masterKey).of(project);
  } catch (error) {
    const truncated = isBackendError(error, 'truncated');
    const code = error instanceof KeyError ? CODES[error.code] : truncated ? 'key-damaged' : undefined;
    if (code === undefined || !(error instanceof Error)) throw error;
    return { severity: 'damage', code, object: projectKeyFile(project), message: error.message };
  }
}

async function isEmpty({ backend, catalogue }: VaultParts, project: string): Promise<boolean> {
  const anything = [backend.list(projectPrefix(project)), catalogue.packsOf(project), catalogue.manifestsOf(project)];
  for (const things of anything) for await (const _ of things) return false;
  return true;
}

import type { Backend } from '../backend/backend.js';
import { replaceAsLocked } from '../backend/replace-as-locked.js';
import { listProjects } from './list-projects.js';
import { projectKeyFile } from '../format/object-keys.js';
import { KeyError } from './key-error.js';
import type { MasterKey } from './master-key.js';
import { formatProjectKeyFile, openProjectKey, rotateMasterKey } from './project-key-file.js';
import { readKeyFile } from './read-key-file.js';

export interface RotationReport {
  /** Projects whose key was wrapped anew. */
  rotated: string[];
  /** Projects whose key was wrapped by the new master key already. */
  already: string[];
  /** Projects whose key file is missing or damaged: they were left. One that is restored from a copy has to be rotated then. */
  failed: { project: string; message: string }[];
}

/**
 * Wraps the key of every project in the vault by the new master key. Packs and manifests stay as they are. Each key file is replaced
 * in one step, so that killed at any point it leaves every project with one of the two keys, and run again it goes on.
 *
 * Before the first file is replaced all of them are opened: where one is wrapped by neither key, it rejects with
 * `KeyError('wrong-master-key')` and has changed nothing. Otherwise it rejects as the backend does. A project made meanwhile by a
 * service that still has the old key is found when this is run once more, after the service has the new one.
 */
export async function rotateProjectKeys(
  backend: Backend,
  from: MasterKey,
  to: MasterKey,
  { now = () => new Date(), signal }: { now?: () => Date; signal?: AbortSignal } = {},
): Promise<RotationReport> {
  const report: RotationReport = { rotated: [], already: [], failed: [] };
  const due: string[] = [];
  for await (const project of listProjects(backend)) {
    try {
      const file = await readKeyFile(backend, project);
      openProjectKey(file.masterKeyId === to.id ? to : from, file);
      (file.masterKeyId === to.id ? report.already : due).push(project);
    } catch (error) {
      if (!(error instanceof KeyError) || error.code === 'wrong-master-key') throw error;
      report.failed.push({ project, message: error.message });
    }
  }
  for (const project of due) {
    signal?.throwIfAborted();
    const rotated = rotateMasterKey(from, to, await readKeyFile(backend, project), now());
    await replaceAsLocked(backend, projectKeyFile(project), Buffer.from(formatProjectKeyFile(rotated)));
    // Read back before anybody throws the old key away.
    openProjectKey(to, await readKeyFile(backend, project));
    report.rotated.push(project);
  }
  return report;
}

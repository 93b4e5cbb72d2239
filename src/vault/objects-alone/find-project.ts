import type { Backend } from '../backend/backend.js';
import { listProjects } from '../keys/list-projects.js';
import { attemptsPrefix } from '../format/object-keys.js';

/** The projects that hold a manifest of this snapshot: one, or none. One short listing for each project. Throws as the backend does. */
export async function findProject(backend: Backend, snapshotId: string): Promise<string | undefined> {
  for await (const project of listProjects(backend)) {
    for await (const _ of backend.list(attemptsPrefix(project, snapshotId))) return project;
  }
  return undefined;
}

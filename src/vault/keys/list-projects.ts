import type { Backend } from '../backend/backend.js';
import { attemptsPrefix, projectPrefix } from '../format/object-keys.js';

const ROOT = 'projects/';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The projects of which the vault holds anything, sorted. One short listing for each. Throws as the backend does. */
export async function* listProjects(backend: Backend): AsyncGenerator<string> {
  let after: string | undefined;
  for (;;) {
    const key = await firstKey(backend, after);
    if (key === undefined) return;
    const [project = '', rest] = key.slice(ROOT.length).split('/', 2);
    if (rest === undefined || !UUID.test(project)) {
      after = key;
      continue;
    }
    yield project;
    after = endOf(projectPrefix(project));
  }
}

async function firstKey(backend: Backend, after: string | undefined): Promise<string | undefined> {
  for await (const { key } of backend.list(ROOT, after)) return key;
  return undefined;
}

/** Sorts after all keys that begin with the prefix and before all others that follow them: "0" comes next to "/". */
export function endOf(prefix: string): string {
  return `${prefix.slice(0, -1)}0`;
}

/** The projects that hold a manifest of this snapshot: one, or none. One short listing for each project. Throws as the backend does. */
export async function findProject(backend: Backend, snapshotId: string): Promise<string | undefined> {
  for await (const project of listProjects(backend)) {
    for await (const _ of backend.list(attemptsPrefix(project, snapshotId))) return project;
  }
  return undefined;
}

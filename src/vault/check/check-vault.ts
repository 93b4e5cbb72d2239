import type { Backend } from '../backend/backend.js';
import { refuseFirstFormat } from '../format/first-format.js';
import { readFormat } from '../format/format-file.js';
import { listProjects } from '../keys/list-projects.js';
import { FORMAT_KEY, nameOf } from '../format/object-keys.js';
import { VaultError } from '../vault-error.js';
import { stray } from './check-objects.js';
import type { VaultParts } from './check-parts.js';
import type { Finding } from './finding.js';

/** The objects before and after all projects, in the order of their keys. */
const PROJECTS = 'projects/';
const AFTER_PROJECTS = 'projects0';

/**
 * Checks what belongs to no project: the format file, and objects where none should be. A vault without a format
 * file can be read but takes no captures. Throws `VaultError('vault-too-old' | 'vault-too-new')`, and as the backend does.
 */
export async function* checkOutside(backend: Backend): AsyncGenerator<Finding> {
  const finding = await checkFormat(backend);
  if (finding !== undefined) yield finding;
  for await (const { key } of backend.list('')) {
    if (key.startsWith(PROJECTS)) break;
    if (nameOf(key).kind === 'stray') yield stray(key);
  }
  for await (const { key } of backend.list('', AFTER_PROJECTS)) yield stray(key);
}

/** Every project of which the vault or the catalogue has anything, sorted. */
export async function allProjects({ backend, catalogue }: VaultParts): Promise<string[]> {
  const projects = new Set<string>();
  for await (const project of listProjects(backend)) projects.add(project);
  for await (const project of catalogue.projects()) projects.add(project);
  return [...projects].toSorted();
}

export async function checkFormat(backend: Backend): Promise<Finding | undefined> {
  const found = { severity: 'damage', object: FORMAT_KEY } as const;
  try {
    if ((await readFormat(backend)) !== null) return undefined;
  } catch (error) {
    if (!(error instanceof VaultError) || error.code !== 'vault-unreadable') throw error;
    return { ...found, code: 'format-damaged', message: error.message };
  }
  await refuseFirstFormat(backend);
  for await (const { key } of backend.list('')) {
    if (nameOf(key).kind === 'probe') continue;
    const message = `The vault has lost its ${FORMAT_KEY}: it can be read, but takes no captures. Restore it from a copy, or run a repair.`;
    return { ...found, code: 'format-missing', message };
  }
  return undefined;
}

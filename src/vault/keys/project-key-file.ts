import { DataKey } from './data-key.js';
import { KeyError } from './key-error.js';
import type { MasterKey } from './master-key.js';
import { unwrapDataKey, wrapDataKey, type WrappedKey } from './wrap-data-key.js';

const FORMAT = 'snapback-project-key/1';

/** The object in the vault that holds a project's data key, wrapped. Losing it loses the project's data. */
export interface ProjectKeyFile extends WrappedKey {
  format: typeof FORMAT;
  project: string;
  /** RFC 3339. When the data key was made; rotation of the master key leaves it. */
  created: string;
  /** RFC 3339. When it was wrapped as it is now. */
  wrappedAt: string;
}

/** A new project's key and the file that keeps it. */
export function createProjectKey(
  master: MasterKey,
  project: string,
  now: Date,
): { file: ProjectKeyFile; key: DataKey } {
  const key = DataKey.generate();
  const at = now.toISOString();
  return { key, file: { format: FORMAT, project, ...wrapDataKey(master, project, key), created: at, wrappedAt: at } };
}

/** Throws `KeyError('wrong-master-key' | 'key-file-damaged')`. */
export function openProjectKey(master: MasterKey, file: ProjectKeyFile): DataKey {
  return unwrapDataKey(master, file.project, file);
}

/**
 * The same data key under a new master key: packs stay as they are. The caller replaces the file in one step and
 * keeps the old master key until that has happened. Throws as `openProjectKey()`.
 */
export function rotateMasterKey(from: MasterKey, to: MasterKey, file: ProjectKeyFile, now: Date): ProjectKeyFile {
  const key = openProjectKey(from, file);
  return { ...file, ...wrapDataKey(to, file.project, key), wrappedAt: now.toISOString() };
}

export function formatProjectKeyFile(file: ProjectKeyFile): string {
  return `${JSON.stringify(file, undefined, 2)}\n`;
}

/** Throws `KeyError('key-file-damaged')` for what is not the key file of `project`. */
export function parseProjectKeyFile(text: string, project: string): ProjectKeyFile {
  const fields = parseObject(text);
  const file = fields && {
    format: fields['format'],
    project: fields['project'],
    masterKeyId: fields['masterKeyId'],
    dataKeyId: fields['dataKeyId'],
    wrapped: fields['wrapped'],
    created: fields['created'],
    wrappedAt: fields['wrappedAt'],
  };
  if (file === undefined || !isKeyFile(file) || file.project !== project) {
    const message = `The key file of project ${project} is damaged or of another project. Restore it from a copy.`;
    throw new KeyError('key-file-damaged', message);
  }
  return file;
}

function isKeyFile(file: Record<keyof ProjectKeyFile, unknown>): file is ProjectKeyFile {
  return file.format === FORMAT && Object.values(file).every((value) => typeof value === 'string');
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

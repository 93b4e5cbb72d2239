import type { Backend } from '../backend/backend.js';
import { BackendError } from '../backend/backend-error.js';
import { sourceOf } from '../backend/object-source.js';
import type { DataKey } from './data-key.js';
import { KeyError } from './key-error.js';
import type { MasterKey } from './master-key.js';
import { createProjectKey, formatProjectKeyFile, openProjectKey, parseProjectKeyFile } from './project-key-file.js';
import { projectKeyFile, projectPrefix } from '../format/object-keys.js';

/** The data keys of the projects, read from the vault once and kept in memory. */
export class ProjectKeys {
  private readonly known = new Map<string, Promise<DataKey>>();

  constructor(
    private readonly backend: Backend,
    private readonly master: MasterKey,
    private readonly now: () => Date = () => new Date(),
  ) {}

  /** The project's key. Rejects with `KeyError`, `'key-file-missing'` when there is none, or as the backend does. */
  of(project: string): Promise<DataKey> {
    return this.remember(project, () => this.open(project));
  }

  /**
   * The same for a capture: a project of which the vault holds nothing gets a key. One that holds anything has lost its key
   * file, and a second key would hide that: then it rejects with `KeyError('key-file-missing')`.
   */
  ofPerhapsNew(project: string): Promise<DataKey> {
    return this.remember(project, () => this.openOrCreate(project));
  }

  private remember(project: string, load: () => Promise<DataKey>): Promise<DataKey> {
    const known = this.known.get(project);
    if (known !== undefined) return known;
    const loading = load();
    this.known.set(project, loading);
    // A failure may pass; the next caller tries again.
    loading.catch(() => this.known.delete(project));
    return loading;
  }

  private async open(project: string): Promise<DataKey> {
    const key = await this.load(project);
    if (key === null) throw missing(project);
    return key;
  }

  private async openOrCreate(project: string): Promise<DataKey> {
    const existing = await this.load(project);
    if (existing !== null) return existing;
    for await (const { key } of this.backend.list(projectPrefix(project))) {
      // Another process may have made it in this moment.
      if (key !== projectKeyFile(project)) return await this.open(project);
    }
    const { file } = createProjectKey(this.master, project, this.now());
    await this.backend
      .put(projectKeyFile(project), sourceOf(Buffer.from(formatProjectKeyFile(file))))
      .catch((error: unknown) => {
        if (!(error instanceof BackendError && error.code === 'exists')) throw error;
      });
    // Two processes may have made one at the same time: what the vault holds now is the key.
    return await this.open(project);
  }

  private async load(project: string): Promise<DataKey | null> {
    try {
      const text = (await this.backend.read(projectKeyFile(project))).toString('utf8');
      return openProjectKey(this.master, parseProjectKeyFile(text, project));
    } catch (error) {
      if (error instanceof BackendError && error.code === 'missing') return null;
      throw error;
    }
  }
}

function missing(project: string): KeyError {
  return new KeyError(
    'key-file-missing',
    `The vault holds no key of project ${project} (${projectKeyFile(project)}). Restore it from a copy: without it the project's snapshots cannot be read.`,
  );
}

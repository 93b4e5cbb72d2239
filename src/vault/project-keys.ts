import type { Backend } from './backend/backend.js';
import { BackendError } from './backend/backend-error.js';
import { sourceOf } from './backend/object-source.js';
import type { DataKey } from './keys/data-key.js';
import type { MasterKey } from './keys/master-key.js';
import {
  createProjectKey,
  formatProjectKeyFile,
  openProjectKey,
  parseProjectKeyFile,
} from './keys/project-key-file.js';
import { projectKeyFile } from './object-keys.js';

/** The data keys of the projects, read from the vault once and kept in memory. */
export class ProjectKeys {
  private readonly known = new Map<string, Promise<DataKey>>();

  constructor(
    private readonly backend: Backend,
    private readonly master: MasterKey,
    private readonly now: () => Date = () => new Date(),
  ) {}

  /** The project's key, made when it has none. Rejects with `KeyError`, or as the backend does. */
  of(project: string): Promise<DataKey> {
    const known = this.known.get(project);
    if (known !== undefined) return known;
    const loading = this.loadOrCreate(project);
    this.known.set(project, loading);
    // A failure may pass; the next caller tries again.
    loading.catch(() => this.known.delete(project));
    return loading;
  }

  private async loadOrCreate(project: string): Promise<DataKey> {
    const existing = await this.load(project);
    if (existing !== null) return existing;
    const { file } = createProjectKey(this.master, project, this.now());
    await this.backend
      .put(projectKeyFile(project), sourceOf(Buffer.from(formatProjectKeyFile(file))))
      .catch((error: unknown) => {
        if (!(error instanceof BackendError && error.code === 'exists')) throw error;
      });
    // Two processes may have made one at the same time: what the vault holds now is the key.
    const stored = await this.load(project);
    if (stored === null) throw new Error(`The key of project ${project} vanished as soon as it was stored.`);
    return stored;
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

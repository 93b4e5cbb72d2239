import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { directoryBytes } from '../machine/directory-bytes.js';
import { runProgram } from '../machine/program.js';

/** A repository of borg in a directory, with the encryption its manual recommends. */
export class BorgRepository {
  private constructor(
    private readonly path: string,
    /** What a command has to be run with. Secret: it has the passphrase. */
    readonly env: Record<string, string>,
    private readonly signal: AbortSignal,
  ) {}

  /** Makes an empty one below a directory that exists, with its cache beside it. */
  static async create(directory: string, signal: AbortSignal): Promise<BorgRepository> {
    const path = join(directory, 'repository');
    const env = { BORG_REPO: path, BORG_PASSPHRASE: randomBytes(16).toString('hex'), BORG_BASE_DIR: directory };
    const repository = new BorgRepository(path, env, signal);
    await repository.run(['init', '--encryption', 'repokey-blake2']);
    return repository;
  }

  async run(args: readonly string[], cwd?: string): Promise<void> {
    await runProgram('borg', args, { signal: this.signal, env: this.env, ...(cwd === undefined ? {} : { cwd }) });
  }

  storedBytes(): Promise<number> {
    return directoryBytes(this.path);
  }
}

/** Followed by the archive's name and a directory, or `-` for what comes in. */
export const BORG_CREATE = ['create', '--compression', 'zstd'] as const;

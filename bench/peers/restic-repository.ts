import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { directoryBytes } from '../machine/directory-bytes.js';
import { runProgram } from '../machine/program.js';

/** A repository of restic in a directory: version 2 compresses with zstd and always encrypts. */
export class ResticRepository {
  private constructor(
    private readonly path: string,
    /** What a command has to be run with. Secret: it has the password. */
    readonly env: Record<string, string>,
    private readonly signal: AbortSignal,
  ) {}

  /** Makes an empty one below a directory that exists, with its cache beside it. */
  static async create(directory: string, signal: AbortSignal): Promise<ResticRepository> {
    const path = join(directory, 'repository');
    const env = {
      RESTIC_REPOSITORY: path,
      RESTIC_PASSWORD: randomBytes(16).toString('hex'),
      RESTIC_CACHE_DIR: join(directory, 'cache'),
    };
    const repository = new ResticRepository(path, env, signal);
    await repository.run(['init', '--repository-version', '2']);
    return repository;
  }

  async run(args: readonly string[]): Promise<void> {
    await runProgram('restic', args, { signal: this.signal, env: this.env });
  }

  storedBytes(): Promise<number> {
    return directoryBytes(this.path);
  }
}

/** Stores a directory or, with `--stdin`, what comes in. */
export const RESTIC_BACKUP = ['backup', '--quiet', '--host', 'bench'] as const;

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { directoryBytes } from '../machine/directory-bytes.js';
import { runProgram } from '../machine/program.js';

/** A repository in a directory in the format of restic, version 2, by rustic: zstd, and always encrypted. */
export class RusticRepository {
  private constructor(
    private readonly path: string,
    /** What a command has to be run with. Secret: it has the password. */
    private readonly env: Record<string, string>,
    private readonly signal: AbortSignal,
  ) {}

  /** Makes an empty one below a directory that exists, with its cache beside it. */
  static async create(directory: string, signal: AbortSignal): Promise<RusticRepository> {
    const path = join(directory, 'repository');
    const env = {
      RUSTIC_REPOSITORY: path,
      RUSTIC_PASSWORD: randomBytes(16).toString('hex'),
      RUSTIC_CACHE_DIR: join(directory, 'cache'),
      RUSTIC_NO_PROGRESS: 'true',
      RUSTIC_LOG_LEVEL: 'warn',
    };
    const repository = new RusticRepository(path, env, signal);
    await repository.run(['init']);
    return repository;
  }

  async run(args: readonly string[]): Promise<void> {
    await runProgram('rustic', args, { signal: this.signal, env: this.env });
  }

  storedBytes(): Promise<number> {
    return directoryBytes(this.path);
  }
}

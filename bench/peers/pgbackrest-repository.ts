import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../machine/program.js';

const BOTH_CORES = ['--process-max=2'];

/** A repository of pgBackRest in a directory: one full backup of a server at rest, neither compressed nor encrypted. */
export class PgBackRestRepository {
  private constructor(
    private readonly options: readonly string[],
    private readonly signal: AbortSignal,
  ) {}

  /** Takes the backup of `cluster`, the data directory of a server that does not run, into a directory that does not exist yet. */
  static async backUp(directory: string, cluster: string, signal: AbortSignal): Promise<PgBackRestRepository> {
    await mkdir(directory);
    const options = [
      ...['--no-config', '--stanza=bench', '--log-level-console=off', '--log-level-stderr=error'],
      ...[`--pg1-path=${cluster}`, `--repo1-path=${directory}`],
      ...[`--lock-path=${join(directory, 'lock')}`, `--log-path=${join(directory, 'log')}`],
    ];
    const repository = new PgBackRestRepository(options, signal);
    await repository.run('stanza-create', ['--no-online']);
    await repository.run('backup', ['--type=full', '--no-online', '--compress-type=none', ...BOTH_CORES]);
    return repository;
  }

  /** Puts back what differs in the data directory of a server that does not run. */
  async restore(): Promise<void> {
    await this.run('restore', ['--delta', '--type=none', ...BOTH_CORES]);
  }

  private async run(command: string, more: readonly string[]): Promise<void> {
    await runProgram('pgbackrest', [command, ...this.options, ...more], { signal: this.signal });
  }
}

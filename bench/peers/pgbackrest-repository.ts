import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { directoryBytes } from '../machine/directory-bytes.js';
import { runProgram } from '../machine/program.js';

const BOTH_CORES = ['--process-max=2'];
/** Plain copies: of a server at rest, to be put back as fast as can be. */
const AT_REST = ['--no-online', '--compress-type=none'];
/**
 * As an operator has it, but that nobody asks for the WAL of meanwhile: that is archived all the time, by the server, which is not set up for
 * it here. A backup without it is as long, and cannot be restored.
 */
const RUNNING = ['--start-fast', '--no-archive-check', '--compress-type=zst', '--repo1-bundle'];

/** What its complaint about a server that is newer than it has in it. */
const UNKNOWN_VERSION = 'is this version of PostgreSQL supported?';

export interface PgBackRestServer {
  /** Its data directory. */
  cluster: string;
  /** How a superuser connects to it, in the variables of libpq, `PGPORT` among them: it runs. A secret. Left out: it is at rest. */
  superuserEnv?: Record<string, string>;
}

/** A repository of pgBackRest in a directory. That of a server that runs is compressed and encrypted, as the other peers' are. */
export class PgBackRestRepository {
  private constructor(
    private readonly directory: string,
    private readonly options: readonly string[],
    private readonly backupOptions: readonly string[],
    private readonly env: Record<string, string>,
    private readonly signal: AbortSignal,
  ) {}

  /** Makes an empty one in a directory that does not exist yet. */
  static async create(
    directory: string,
    { cluster, superuserEnv }: PgBackRestServer,
    signal: AbortSignal,
  ): Promise<PgBackRestRepository> {
    await mkdir(directory);
    const repo = join(directory, 'repository');
    const options = [
      ...['--no-config', '--stanza=bench', '--log-level-console=off', '--log-level-stderr=error'],
      ...[`--pg1-path=${cluster}`, `--repo1-path=${repo}`],
      ...[`--lock-path=${join(directory, 'lock')}`, `--log-path=${join(directory, 'log')}`],
    ];
    if (superuserEnv === undefined) {
      const repository = new PgBackRestRepository(repo, options, AT_REST, {}, signal);
      await repository.run('stanza-create', ['--no-online']);
      return repository;
    }
    const running = [...options, `--pg1-port=${superuserEnv['PGPORT']}`, '--repo1-cipher-type=aes-256-cbc'];
    const env = { ...superuserEnv, PGBACKREST_REPO1_CIPHER_PASS: randomBytes(16).toString('hex') };
    const repository = new PgBackRestRepository(repo, running, RUNNING, env, signal);
    await repository.run('stanza-create', []);
    return repository;
  }

  /** Whether the pgBackRest that is there is new enough for a server at rest, whose data directory this is: it is asked. Prints it when not. */
  static async knows(cluster: string, signal: AbortSignal): Promise<boolean> {
    const directory = await mkdtemp(join(tmpdir(), 'snapback-bench-pgbackrest-'));
    try {
      await PgBackRestRepository.create(join(directory, 'empty'), { cluster }, signal);
      return true;
    } catch (error) {
      if (!(error instanceof Error && error.message.includes(UNKNOWN_VERSION))) throw error;
      console.log('pgBackRest takes no part: the one that is there is too old for this PostgreSQL.');
      return false;
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  /** `diff`: the files that have changed since the last `full` one, whole. */
  async backUp(type: 'full' | 'diff'): Promise<void> {
    await this.run('backup', [`--type=${type}`, ...this.backupOptions, ...BOTH_CORES]);
  }

  /** Puts back what differs in the data directory of a server that does not run. */
  async restore(): Promise<void> {
    await this.run('restore', ['--delta', '--type=none', ...BOTH_CORES]);
  }

  storedBytes(): Promise<number> {
    return directoryBytes(this.directory);
  }

  private async run(command: string, more: readonly string[]): Promise<void> {
    await runProgram('pgbackrest', [command, ...this.options, ...more], { signal: this.signal, env: this.env });
  }
}

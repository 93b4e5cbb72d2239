import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchEnvironment } from '../environment/environment.js';
import { directoryBytes } from '../machine/directory-bytes.js';
import { endedProgramsSeconds } from '../machine/processor-time.js';
import { runScript } from '../machine/program.js';
import { BORG_CREATE, BorgRepository } from '../peers/borg-repository.js';
import { RESTIC_BACKUP, ResticRepository } from '../peers/restic-repository.js';
import type { CaptureContender } from './contender.js';

/** Programs that are started for each capture and end with it. */
abstract class Programs implements CaptureContender {
  abstract readonly name: string;
  readonly isYardstick = false;
  protected environment: BenchEnvironment;

  constructor(protected readonly signal: AbortSignal) {}

  async begin(directory: string, environment: BenchEnvironment): Promise<void> {
    this.environment = environment;
    await this.prepare(directory);
  }

  abstract capture(): Promise<void>;
  abstract storedBytes(): Promise<number>;
  protected abstract prepare(directory: string): Promise<void>;

  processorSeconds(): Promise<number> {
    return endedProgramsSeconds();
  }

  async end(): Promise<void> {}

  protected async script(lines: readonly string[], args: readonly string[], env: Record<string, string>) {
    await runScript(lines, args, { signal: this.signal, env: { ...this.environment.clientEnv, ...env } });
  }
}

/** The dump is not compressed, so that what is the same in it can be found; restic compresses with zstd. */
export class DumpToRestic extends Programs {
  readonly name = 'restic';
  private repository: ResticRepository;

  protected async prepare(directory: string): Promise<void> {
    this.repository = await ResticRepository.create(directory, this.signal);
  }

  async capture(): Promise<void> {
    const backup = `restic ${RESTIC_BACKUP.join(' ')}`;
    const lines = [`pg_dump -Fc -Z0 | ${backup} --stdin --stdin-filename database.dump`, `${backup} "$1"`];
    await this.script(lines, [this.environment.filestore], this.repository.env);
  }

  storedBytes(): Promise<number> {
    return this.repository.storedBytes();
  }
}

/** The same with borg. */
export class DumpToBorg extends Programs {
  readonly name = 'borg';
  private repository: BorgRepository;
  private archives = 0;

  protected async prepare(directory: string): Promise<void> {
    this.archives = 0;
    this.repository = await BorgRepository.create(directory, this.signal);
  }

  async capture(): Promise<void> {
    this.archives += 1;
    const create = `borg ${BORG_CREATE.join(' ')}`;
    const lines = [
      `pg_dump -Fc -Z0 | ${create} --stdin-name database.dump "::database-$1" -`,
      `${create} "::files-$1" "$2"`,
    ];
    await this.script(lines, [String(this.archives), this.environment.filestore], this.repository.env);
  }

  storedBytes(): Promise<number> {
    return this.repository.storedBytes();
  }
}

/** A directory dump over two connections, which gzip compresses, and an archive of the files: all of it, each time, in the clear. */
export class DumpAndTar extends Programs {
  readonly name = 'dump-tar';
  private directory: string;

  protected async prepare(directory: string): Promise<void> {
    this.directory = directory;
  }

  async capture(): Promise<void> {
    const dump = join(this.directory, 'database');
    // Less than a hundredth of the time: a few files.
    await rm(dump, { recursive: true, force: true });
    const lines = [
      'pg_dump -Fd -j2 --file="$1"',
      `tar --create --file="$2" --use-compress-program='zstd -T0' --directory="$3" .`,
    ];
    await this.script(lines, [dump, join(this.directory, 'files.tar.zst'), this.environment.filestore], {});
  }

  storedBytes(): Promise<number> {
    return directoryBytes(this.directory);
  }
}

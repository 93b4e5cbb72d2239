import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Contender } from './contender.js';
import { directoryBytes } from './directory-bytes.js';
import { runProgram } from './program.js';

/** restic 0.14: repository version 2 compresses with zstd and always encrypts. */
export class Restic implements Contender {
  readonly name = 'restic';
  readonly isVault = true;
  readonly restoresWholePath = true;
  private repository: string;
  private env: Record<string, string>;

  constructor(private readonly signal: AbortSignal) {}

  async begin(directory: string): Promise<void> {
    this.repository = join(directory, 'repository');
    this.env = {
      RESTIC_REPOSITORY: this.repository,
      RESTIC_PASSWORD: randomBytes(16).toString('hex'),
      RESTIC_CACHE_DIR: join(directory, 'cache'),
    };
    await this.run(['init', '--repository-version', '2']);
  }

  capture(directory: string): Promise<void> {
    return this.run(['backup', '--quiet', '--host', 'bench', directory]);
  }

  restore(directory: string): Promise<void> {
    return this.run(['restore', 'latest', '--target', directory]);
  }

  storedBytes(): Promise<number> {
    return directoryBytes(this.repository);
  }

  private async run(args: string[]): Promise<void> {
    await runProgram('restic', args, { signal: this.signal, env: this.env });
  }
}

/** borg 1.2, with the encryption its manual recommends and zstd. */
export class Borg implements Contender {
  readonly name = 'borg';
  readonly isVault = true;
  readonly restoresWholePath = true;
  private repository: string;
  private env: Record<string, string>;
  private archives = 0;

  constructor(private readonly signal: AbortSignal) {}

  async begin(directory: string): Promise<void> {
    this.repository = join(directory, 'repository');
    this.env = {
      BORG_REPO: this.repository,
      BORG_PASSPHRASE: randomBytes(16).toString('hex'),
      BORG_BASE_DIR: directory,
    };
    this.archives = 0;
    await this.run(['init', '--encryption', 'repokey-blake2']);
  }

  async capture(directory: string): Promise<void> {
    this.archives += 1;
    await this.run(['create', '--compression', 'zstd', `::${this.archives}`, directory]);
  }

  async restore(directory: string): Promise<void> {
    await mkdir(directory);
    await this.run(['extract', `::${this.archives}`], directory);
  }

  storedBytes(): Promise<number> {
    return directoryBytes(this.repository);
  }

  private async run(args: string[], cwd?: string): Promise<void> {
    await runProgram('borg', args, { signal: this.signal, env: this.env, ...(cwd === undefined ? {} : { cwd }) });
  }
}

/** `tar | zstd` on all cores: everything, each time, in the clear. A yardstick, and not a vault. */
export class TarZstd implements Contender {
  readonly name = 'tar-zstd';
  readonly isVault = false;
  readonly restoresWholePath = false;
  private archive: string;
  private directory: string;

  constructor(private readonly signal: AbortSignal) {}

  async begin(directory: string): Promise<void> {
    this.directory = directory;
    this.archive = join(directory, 'archive.tar.zst');
  }

  async capture(directory: string): Promise<void> {
    await this.run([
      '--create',
      '--file',
      this.archive,
      '--use-compress-program',
      'zstd -T0',
      '--directory',
      directory,
      '.',
    ]);
  }

  async restore(directory: string): Promise<void> {
    await mkdir(directory);
    await this.run(['--extract', '--file', this.archive, '--use-compress-program', 'zstd', '--directory', directory]);
  }

  storedBytes(): Promise<number> {
    return directoryBytes(this.directory);
  }

  private async run(args: string[]): Promise<void> {
    await runProgram('tar', args, { signal: this.signal });
  }
}

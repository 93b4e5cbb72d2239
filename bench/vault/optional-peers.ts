import { KopiaRepository } from '../peers/kopia-repository.js';
import type { OptionalPeer } from '../peers/install-peers.js';
import { RusticRepository } from '../peers/rustic-repository.js';
import type { Contender } from './contender.js';

class Kopia implements Contender {
  readonly name = 'kopia';
  readonly isVault = true;
  readonly restoresWholePath = false;
  private repository: KopiaRepository;
  private captured: string;

  constructor(private readonly signal: AbortSignal) {}

  async begin(directory: string): Promise<void> {
    this.repository = await KopiaRepository.create(directory, this.signal);
  }

  async capture(directory: string): Promise<void> {
    this.captured = directory;
    await this.repository.run(['snapshot', 'create', directory]);
  }

  /** The last snapshot of a directory goes by the directory's name. */
  restore(directory: string): Promise<void> {
    return this.repository.run(['restore', this.captured, directory, '--snapshot-time', 'latest']);
  }

  storedBytes(): Promise<number> {
    return this.repository.storedBytes();
  }
}

class Rustic implements Contender {
  readonly name = 'rustic';
  readonly isVault = true;
  readonly restoresWholePath = true;
  private repository: RusticRepository;

  constructor(private readonly signal: AbortSignal) {}

  async begin(directory: string): Promise<void> {
    this.repository = await RusticRepository.create(directory, this.signal);
  }

  capture(directory: string): Promise<void> {
    return this.repository.run(['backup', directory]);
  }

  restore(directory: string): Promise<void> {
    return this.repository.run(['restore', 'latest', directory]);
  }

  storedBytes(): Promise<number> {
    return this.repository.storedBytes();
  }
}

/** Vaults that take part where they can be had. */
export const OPTIONAL: Record<OptionalPeer, new (signal: AbortSignal) => Contender> = { kopia: Kopia, rustic: Rustic };

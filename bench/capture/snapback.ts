import { join } from 'node:path';
import type { BenchEnvironment } from '../environment/environment.js';
import { RegisteredEnvironment } from '../environment/registered-environment.js';
import { ServiceProcess } from '../environment/service.js';
import { directoryBytes } from '../machine/directory-bytes.js';
import { threadsBetween, type ThreadSeconds } from '../machine/thread-times.js';
import type { CaptureContender } from './contender.js';

/** A running service through its API, from the request for a snapshot until it says that it is completed. */
export class Snapback implements CaptureContender {
  readonly name = 'snapback';
  readonly isYardstick = false;
  /** The most the service's process has had in memory in any round. */
  peakRssBytes = 0;
  /** Of each full capture. */
  readonly fullThreads: ThreadSeconds[] = [];
  private service: ServiceProcess;
  private registered: RegisteredEnvironment;
  private captures = 0;

  async begin(directory: string, environment: BenchEnvironment): Promise<void> {
    this.captures = 0;
    this.service = await ServiceProcess.start(join(directory, 'service'), environment.filestore);
    this.registered = await RegisteredEnvironment.create(this.service, environment);
  }

  /** The first one is full; what follows is what the service itself decides. */
  async capture(): Promise<void> {
    this.captures += 1;
    const before = await this.service.threadSeconds();
    const { type, durationMs } = await this.registered.snapshot(this.captures === 1 ? 'full' : undefined);
    const expected = this.captures === 1 ? 'full' : 'differential';
    if (type !== expected) throw new Error(`The snapshot is ${type} and should be ${expected}.`);
    if (this.captures === 1) this.fullThreads.push(threadsBetween(before, await this.service.threadSeconds()));
    console.log(`    (the service itself says ${((durationMs ?? 0) / 1000).toFixed(2)} s)`);
  }

  processorSeconds(): Promise<number> {
    return this.service.allProcessorSeconds();
  }

  /** Without the PostgreSQL that keeps the service's state. */
  ownProcessorSeconds(): Promise<number> {
    return this.service.processorSeconds();
  }

  storedBytes(): Promise<number> {
    return directoryBytes(this.service.vault);
  }

  async end(): Promise<void> {
    this.peakRssBytes = Math.max(this.peakRssBytes, await this.service.peakMemoryBytes());
    await this.service.stop();
  }
}

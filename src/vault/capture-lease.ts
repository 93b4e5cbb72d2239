import { randomUUID } from 'node:crypto';
import { mkdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { DIRECTORY_MODE } from './durable-file.js';
import type { ProjectLayout } from './project-layout.js';
import { isMissing, unlessMissing } from './storage-error.js';

const RENEW_MS = 5_000;

/** A capture whose directory was not renewed for so long counts as dead (milliseconds). */
export const LEASE_MS = 10 * 60_000;

/**
 * The directory of a capture under way, `incoming/<captureId>`, which is also its lease: its
 * modification time is renewed every few seconds. The name begins with the time of its start.
 *
 * A collection that takes a capture for dead renames this directory. The manifest is published by
 * renaming it *out of* this directory, so a capture that was taken for dead wrongly (a process stopped for
 * ten minutes, a clock that jumped) cannot publish any more: it fails, and nothing is lost.
 */
export class CaptureLease {
  private readonly timer: NodeJS.Timeout;

  private constructor(
    readonly directory: string,
    private readonly now: () => number,
  ) {
    this.timer = setInterval(() => void this.renew(), RENEW_MS);
    // A capture somebody forgot must not keep the process from ending.
    this.timer.unref();
  }

  static async begin(layout: ProjectLayout, now: () => number): Promise<CaptureLease> {
    const directory = join(layout.incoming, `${now()}-${randomUUID()}`);
    await mkdir(directory, { mode: DIRECTORY_MODE });
    return new CaptureLease(directory, now);
  }

  /** The file that becomes the manifest. */
  get manifest(): string {
    return join(this.directory, 'manifest.jsonl.zst');
  }

  /** Whether a collection has taken this capture for dead. */
  async isLost(): Promise<boolean> {
    return (await unlessMissing(stat(this.directory))) === undefined;
  }

  /** Removes the directory and what is left in it. Safe to call twice. */
  async end(): Promise<void> {
    clearInterval(this.timer);
    await rm(this.directory, { recursive: true, force: true, maxRetries: 3 });
  }

  private async renew(): Promise<void> {
    const seconds = this.now() / 1000;
    try {
      await utimes(this.directory, seconds, seconds);
    } catch (error) {
      // Gone: the next write says so. Any other failure may pass before ten minutes are over.
      if (isMissing(error)) clearInterval(this.timer);
    }
  }
}

/** When a capture began, by the name of its directory; undefined when the name does not say. */
export function startOfCapture(captureId: string): number | undefined {
  const start = /^(\d{1,15})-/.exec(captureId)?.[1];
  return start === undefined ? undefined : Number(start);
}

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openDataset } from '../dataset/dataset.js';
import type { Contender } from './contender.js';

/** So many files, and ten times as many that are a tenth as large: what grows with their number alone shows. */
export const PER_FILE_COUNTS = [20_000, 200_000] as const;

/** Seconds for every 10,000 files, by how many files there were. */
export interface PerFile {
  secondsPer10000Files: Record<string, number>;
  unchangedSecondsPer10000Files: Record<string, number>;
}

export interface PerFileOptions {
  /** An existing directory; what is made in it is removed. */
  workDirectory: string;
  settle: () => Promise<void>;
  signal: AbortSignal;
}

/** Captures data sets of each size, once in full and once unchanged. Making the larger one takes a minute or two, once. */
export async function measurePerFile(contender: Contender, options: PerFileOptions): Promise<PerFile> {
  const perFile: PerFile = { secondsPer10000Files: {}, unchangedSecondsPer10000Files: {} };
  for (const files of PER_FILE_COUNTS) {
    options.signal.throwIfAborted();
    const { base } = await openDataset(files);
    const repository = join(options.workDirectory, `per-file-${files}`);
    await mkdir(repository);
    try {
      await contender.begin(repository);
      for (const figures of [perFile.secondsPer10000Files, perFile.unchangedSecondsPer10000Files]) {
        await options.settle();
        const begun = performance.now();
        await contender.capture(base);
        figures[files] = Math.round(((performance.now() - begun) / files) * 10_000) / 1000;
      }
    } finally {
      await rm(repository, { recursive: true, force: true });
    }
  }
  return perFile;
}

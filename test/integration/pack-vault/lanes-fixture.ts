import { afterEach } from 'vitest';
import { DEFAULT_CHUNKER_SETTINGS } from '../../../src/vault/chunking/chunker-settings.js';
import { DataKey } from '../../../src/vault/keys/data-key.js';
import type { ContentRef } from '../../../src/vault/manifests/content-ref.js';
import { type OpenSource, PackingLanes, type PackingLanesOptions } from '../../../src/vault/packing/packing-lanes.js';
import type { NoiseQuestion } from './noise-source.js';

export const MIB = 1024 * 1024;
export const dataKey = DataKey.generate();
export const closed = { code: 'pipeline-closed' };

const made: PackingLanes[] = [];

/** Of each test of a file, closed behind it. */
export function closeLanes(): void {
  afterEach(async () => {
    await Promise.all(made.splice(0).map((lanes) => lanes.close()));
  });
}

/** Two threads, for which everything is new and every pack is stored at once. */
export function makeLanes(options: Partial<PackingLanesOptions> = {}): PackingLanes {
  const whichAreNew = async (names: readonly Buffer[]) => [...names.keys()];
  const store = async (): Promise<void> => undefined;
  const chunker = DEFAULT_CHUNKER_SETTINGS;
  const lanes = new PackingLanes({ dataKey, chunker, lanes: 2, whichAreNew, store, ...options });
  made.push(lanes);
  return lanes;
}

export type Noise = OpenSource<NoiseQuestion, ContentRef[]>;

export function openNoise(lanes: PackingLanes, onRead?: (bytes: number) => void): Promise<Noise> {
  return lanes.open({ name: 'noise-source', from: import.meta.url, start: undefined }, onRead);
}

export async function* inOneBuffer(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

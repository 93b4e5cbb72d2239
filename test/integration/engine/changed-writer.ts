import type { OpenSource } from '../../../src/vault/packing/packing-lanes.js';
import type { ThreadFile } from '../../../src/vault/threads/thread-file.js';
import type { CaptureWriter, Vault } from '../../../src/vault/vault.js';

/** A vault whose captures do something else at one point. */
export function vaultWith(vault: Vault, change: (writer: CaptureWriter) => Partial<CaptureWriter>): Vault {
  return Object.assign(Object.create(vault) as Vault, {
    async beginCapture(...args: Parameters<Vault['beginCapture']>): Promise<CaptureWriter> {
      const writer = await vault.beginCapture(...args);
      const same: CaptureWriter = {
        store: (source) => writer.store(source),
        open: (file, onRead) => writer.open(file, onRead),
        sourcesAtOnce: writer.sourcesAtOnce,
        add: (...entries) => writer.add(...entries),
        addLines: (lines) => writer.addLines(lines),
        publish: (outcome) => writer.publish(outcome),
        discard: () => writer.discard(),
        get added() {
          return writer.added;
        },
      };
      return Object.assign(same, change(writer));
    },
  });
}

/** What opens sources as the writer does, with something done around each question that they are asked. */
export function openWith(
  writer: CaptureWriter,
  around: (ask: () => Promise<unknown>) => Promise<unknown>,
): CaptureWriter['open'] {
  return async <S, Q, A>(file: ThreadFile<S>, onRead?: (bytes: number) => void): Promise<OpenSource<Q, A>> => {
    const source = await writer.open<S, Q, A>(file, onRead);
    return {
      ask: (question) => around(() => source.ask(question)) as Promise<A>,
      close: () => source.close(),
    };
  };
}

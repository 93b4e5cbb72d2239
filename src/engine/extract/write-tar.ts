import { open } from 'node:fs/promises';
import type { ContentSource } from '../filestore/staging/content-source.js';
import type { StagedEntry } from '../filestore/staging/tree-builder.js';
import type { WorkContext } from '../progress.js';
import { TarArchive } from './tar-archive.js';
import { withTheirContents } from './with-their-contents.js';
import { onOutput } from './writing-output.js';

const PRIVATE_FILE = 0o600;

export interface TarSource {
  entries: AsyncIterable<StagedEntry>;
  contents: ContentSource;
}

/**
 * Writes a filestore as an archive (`TarArchive`). Memory is bounded. Rejects as that does, with `EngineError('disk-full')`, with what reading
 * throws, or with `signal.reason`.
 */
export async function writeTar(
  path: string,
  { entries, contents }: TarSource,
  { signal, progress }: WorkContext,
): Promise<{ files: number; bytes: number }> {
  const file = await onOutput(path, () => open(path, 'wx', PRIVATE_FILE));
  try {
    const archive = new TarArchive(async (buffers) => {
      for (const buffer of buffers) if (buffer.length > 0) await onOutput(path, () => file.writeFile(buffer));
    });
    for await (const each of withTheirContents(entries, contents)) {
      signal.throwIfAborted();
      await archive.add(each);
      progress.report({ phase: 'stage-filestore', filesDone: archive.files, bytesDone: archive.bytes });
    }
    await archive.end();
    return { files: archive.files, bytes: archive.bytes };
  } finally {
    await file.close();
  }
}

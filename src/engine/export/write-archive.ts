import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { bytesOfPath } from '../../vault/listing/listing-key.js';
import type { VaultReader } from '../../vault/vault.js';
import { withTheirContents } from '../extract/with-their-contents.js';
import { onOutput } from '../extract/writing-output.js';
import { NeutralizedFiles } from '../filestore/neutralizing/neutralize-rules.js';
import { withContents } from '../filestore/neutralizing/with-contents.js';
import { encodePath } from '../filestore/paths/encoded-path.js';
import { contentsOf } from '../filestore/staging/content-source.js';
import type { StagedEntry } from '../filestore/staging/tree-builder.js';
import type { WorkContext } from '../progress.js';
import { filestoreEntries } from '../restore/compare/manifest-survey.js';
import type { Exported, ExportLayout, ExportRequest } from './export-request.js';
import type { ExportedArchive } from './exported-archive.js';
import { TarZstArchive } from './tar-zst-archive.js';
import { ZipArchive } from './zip-archive.js';

/** Nobody else may read what was captured. */
const PRIVATE_FILE = 0o600;
/** The filestore in an archive. */
export const FILESTORE = 'filestore';

/** The manifest comes first: whoever looks at the beginning knows what it is. */
export async function writeArchive(
  { project, snapshotId, format, layout, neutralize }: ExportRequest,
  hasFiles: boolean,
  vault: VaultReader,
  partial: string,
  { signal, progress }: WorkContext,
): Promise<Exported> {
  const path = join(partial, 'archive');
  const hash = createHash('sha256');
  let bytes = 0;
  const counting = new Transform({
    transform: (buffer: Buffer, _, done) => {
      hash.update(buffer);
      bytes += buffer.length;
      done(null, buffer);
    },
  });
  const file = createWriteStream(path, { flags: 'wx', mode: PRIVATE_FILE, flush: true });
  counting.pipe(file);
  file.once('error', (error) => counting.destroy(error));
  counting.once('error', () => file.destroy());
  const archive: ExportedArchive = format === 'zip' ? new ZipArchive(counting) : new TarZstArchive(counting);
  await onOutput(path, async () => {
    await archive.addLocal('manifest.json', join(partial, 'manifest.json'));
    for (const name of await dumped(partial, layout)) await archive.addLocal(name, join(partial, name));
    if (hasFiles) {
      const rules = neutralize?.paths ? new NeutralizedFiles(neutralize.paths) : undefined;
      const entries = filestoreEntries(vault, project, snapshotId);
      const contents = contentsOf(vault, project);
      const given = withTheirContents(
        rules?.entries(entries) ?? entries,
        rules ? withContents(contents, rules.contents) : contents,
      );
      for await (const each of given) {
        signal.throwIfAborted();
        await archive.add({ ...each, entry: below(FILESTORE, each.entry) } as typeof each);
        progress.report({ phase: 'stage-filestore', filesDone: archive.files, bytesDone: archive.bytes });
      }
    }
    await archive.end();
    if (!file.closed) await once(file, 'close');
  });
  return { bytes, sha256: hash.digest('hex') };
}

/** Names of the dump's files. */
async function dumped(partial: string, layout: ExportLayout): Promise<string[]> {
  const names = await readdir(partial);
  if (layout !== 'directory') return names.includes('dump.sql') ? ['dump.sql'] : [];
  if (!names.includes('database')) return [];
  return (await readdir(join(partial, 'database'))).toSorted().map((name) => `database/${name}`);
}

function below<E extends StagedEntry>(directory: string, entry: E): E {
  const path = bytesOfPath(entry.path);
  return { ...entry, path: encodePath(Buffer.from(path === '' ? directory : `${directory}/${path}`, 'latin1')) };
}

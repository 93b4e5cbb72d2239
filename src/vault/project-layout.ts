import { join } from 'node:path';

const ID = /^[A-Za-z0-9-]{1,64}$/;
const CHUNK_ID = /^[0-9a-f]{64}$/;
const MANIFEST_SUFFIX = '.jsonl.zst';

/**
 * Where one project's files lie below the vault's root. Every path is made here, from checked parts
 * only, so that no id, whoever sent it, can lead out of the project's directory.
 *
 *     <root>/<project>/objects/ab/<sha256>                  one chunk, see chunk-frame.ts
 *     <root>/<project>/manifests/<snapshotId>.jsonl.zst     one published snapshot
 *     <root>/<project>/incoming/<captureId>/                what a capture under way is writing
 *     <root>/<project>/condemned/<sweepId>/<sha256>         chunks on their way out, see gc/
 */
export class ProjectLayout {
  readonly directory: string;
  readonly objects: string;
  readonly manifests: string;
  readonly incoming: string;
  readonly condemned: string;

  /** Throws `TypeError` for a project that is not 1 to 64 letters, digits and hyphens. */
  constructor(
    readonly root: string,
    project: string,
  ) {
    this.directory = join(root, checkedId(project, 'project'));
    this.objects = join(this.directory, 'objects');
    this.manifests = join(this.directory, 'manifests');
    this.incoming = join(this.directory, 'incoming');
    this.condemned = join(this.directory, 'condemned');
  }

  chunk(id: string): string {
    return join(this.chunkDirectory(id), id);
  }

  chunkDirectory(id: string): string {
    if (!isChunkId(id)) throw new TypeError('A chunk id is 64 lower-case hexadecimal digits.');
    return join(this.objects, id.slice(0, 2));
  }

  manifest(snapshotId: string): string {
    return join(this.manifests, checkedId(snapshotId, 'snapshot') + MANIFEST_SUFFIX);
  }

  /** The snapshot a file in `manifests/` belongs to; undefined for a file that is no manifest. */
  snapshotOf(fileName: string): string | undefined {
    if (!fileName.endsWith(MANIFEST_SUFFIX)) return undefined;
    const snapshotId = fileName.slice(0, -MANIFEST_SUFFIX.length);
    return ID.test(snapshotId) ? snapshotId : undefined;
  }
}

export function isChunkId(text: string): boolean {
  return CHUNK_ID.test(text);
}

function checkedId(id: string, what: string): string {
  if (!ID.test(id)) throw new TypeError(`A ${what} id is 1 to 64 letters, digits and hyphens.`);
  return id;
}

import { createHash } from 'node:crypto';
import type { ContentRef } from '../../../vault/manifests/content-ref.js';
import type { FileEntry } from '../../../vault/manifests/manifest.js';
import { decodePath } from '../paths/encoded-path.js';
import { PathRules } from '../paths/path-rules.js';
import type { StagedEntry } from '../staging/tree-builder.js';

/** What becomes of files before anybody can see them: those that one of the patterns names (gitignore's, from the filestore's root). */
export type NeutralizeRule = { paths: readonly string[] } & (
  | { action: 'remove' | 'blank' }
  | { action: 'replace'; content: string }
);

/** What was made of entries, counted: those that are not there any more, and files with another content. */
export interface Neutralized {
  removedFiles: number;
  changedFiles: number;
  /** By which the files became fewer bytes; less than 0 when they became more. */
  removedBytes: number;
}

interface Rule {
  named: PathRules;
  action: NeutralizeRule['action'];
  content: ContentRef;
}

/**
 * Makes files harmless as they come out of the vault: what is removed or blanked is written nowhere. The first rule that names something counts. What is
 * below a removed directory goes with it; `blank` and `replace` are for regular files, and keep their modes and times.
 */
export class NeutralizedFiles {
  readonly counts: Neutralized = { removedFiles: 0, changedFiles: 0, removedBytes: 0 };
  /** What replaces contents, by SHA-256. */
  readonly contents = new Map<string, Buffer>();
  private readonly rules: readonly Rule[];

  constructor(rules: readonly NeutralizeRule[]) {
    this.rules = rules.map((rule) => {
      const bytes = Buffer.from(rule.action === 'replace' ? rule.content : '', 'utf8');
      const content = contentOf(bytes);
      this.contents.set(content.sha256, bytes);
      return {
        named: new PathRules(rule.paths),
        action: rule.action,
        content,
      };
    });
  }

  /** The same entries, neutralised. */
  async *entries(entries: AsyncIterable<StagedEntry>): AsyncGenerator<StagedEntry> {
    for await (const entry of entries) {
      const neutral = this.neutralized(entry);
      if (neutral !== undefined) yield neutral;
    }
  }

  private neutralized(entry: StagedEntry): StagedEntry | undefined {
    const path = decodePath(entry.path);
    const rule = this.rules.find(({ named }) => named.names(path, entry.kind === 'directory' ? 'directory' : 'other'));
    if (rule === undefined) return entry;
    if (rule.action === 'remove') {
      if (entry.kind === 'file') this.count(entry, undefined);
      return undefined;
    }
    if (entry.kind !== 'file') return entry;
    this.count(entry, rule.content);
    const { sparse: _, identity: __, ...rest } = entry;
    return { ...rest, content: rule.content };
  }

  private count({ content }: FileEntry, becomes: ContentRef | undefined): void {
    this.counts[becomes === undefined ? 'removedFiles' : 'changedFiles'] += 1;
    this.counts.removedBytes += content.bytes - (becomes?.bytes ?? 0);
  }
}

function contentOf(bytes: Buffer): ContentRef {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { bytes: bytes.length, sha256, chunks: bytes.length === 0 ? [] : [{ id: sha256, bytes: bytes.length }] };
}

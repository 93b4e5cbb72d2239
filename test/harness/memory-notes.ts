import type { NotedPart, NotesSink, RestoredNotes } from '../../src/engine/notes/restored-notes.js';
import type { DatabaseLineage } from '../../src/vault/manifests/manifest-database.js';

/** Notes of a restored state that nobody keeps. */
export class MemoryNotes implements NotesSink {
  private noted: { part: NotedPart; page: Buffer }[] = [];
  private of?: DatabaseLineage;

  async lineage(lineage: DatabaseLineage): Promise<void> {
    this.of = lineage;
  }

  async page(part: NotedPart, page: Buffer): Promise<void> {
    this.noted.push({ part, page: Buffer.from(page) });
  }

  /** As a capture reads them. */
  asRead(lineage = this.of): RestoredNotes {
    return { ...(lineage && { lineage }), pages: (part) => this.pages(part) };
  }

  get marked(): DatabaseLineage | undefined {
    return this.of;
  }

  async *pages(part: NotedPart): AsyncIterable<Buffer> {
    for (const { part: other, page } of this.noted) if (other === part) yield page;
  }
}

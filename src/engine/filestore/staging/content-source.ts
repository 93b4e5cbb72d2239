import type { ContentRef } from '../../../vault/manifests/content-ref.js';
import type { ThreadFile } from '../../../vault/threads/thread-file.js';
import type { VaultReader } from '../../../vault/vault.js';

/** Where the contents of files come from. */
export interface ContentSource {
  /** As `Vault.readContent()` says. */
  read: (content: ContentRef) => AsyncIterable<Buffer>;
  /** As `Vault.readContents()` says. */
  readAll: (contents: readonly ContentRef[]) => Promise<Buffer[]>;
  /** As `Vault.deliver()` says. */
  deliver: <S, W, A>(contents: readonly ContentRef[], taker: ThreadFile<S>, what: W) => Promise<A>;
}

export function contentsOf(vault: VaultReader, project: string): ContentSource {
  return {
    read: (content) => vault.readContent(project, content),
    readAll: (contents) => vault.readContents(project, contents),
    deliver: (contents, taker, what) => vault.deliver(project, contents, taker, what),
  };
}

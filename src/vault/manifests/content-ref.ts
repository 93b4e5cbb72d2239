/** A piece of content, named by the SHA-256 (hex) of its plain bytes. */
export interface ChunkRef {
  id: string;
  bytes: number;
}

/** A run of bytes in the vault: its chunks in order, and the SHA-256 (hex) of the whole. */
export interface ContentRef {
  bytes: number;
  sha256: string;
  chunks: ChunkRef[];
}

/**
 * `damage`: something that was stored is not what it was, or the catalogue does not say what is stored; a snapshot may be hurt.
 * `garbage`: takes space and nobody needs it; a collection removes it, unless a capture is about to record it.
 * `note`: worth knowing, nothing is wrong with any snapshot.
 */
export type Severity = 'damage' | 'garbage' | 'note';

export type FindingCode =
  // The vault as a whole
  | 'format-missing'
  | 'format-damaged'
  | 'stray-object'
  // A project
  | 'key-missing'
  | 'key-damaged'
  | 'key-wrong'
  | 'rebuild-unfinished'
  // Packs, and what the catalogue says about them
  | 'pack-missing'
  | 'pack-size-differs'
  | 'pack-unreadable'
  | 'pack-altered'
  | 'pack-row-wrong'
  | 'pack-unused'
  | 'pack-unreferenced'
  | 'chunk-rows-missing'
  | 'chunk-rows-wrong'
  | 'chunk-rows-stray'
  // Manifests, and what the catalogue says about them
  | 'manifest-missing'
  | 'manifest-damaged'
  | 'manifest-row-wrong'
  | 'manifest-references-wrong'
  | 'manifest-unreferenced'
  | 'manifest-replaced'
  | 'manifest-useless'
  | 'chunk-missing'
  | 'content-wrong'
  | 'content-unreadable'
  | 'snapshot-unpublished';

export interface Finding {
  severity: Severity;
  code: FindingCode;
  /** Key of the object it is about, or the catalogue's table and project. */
  object: string;
  /** A sentence or two: what is wrong, and what to do. */
  message: string;
  /** The snapshots that cannot be restored because of it, exactly; absent where there is none. */
  snapshotIds?: string[];
}

export interface SnapshotState {
  snapshotId: string;
  state: 'whole' | 'damaged';
  /** Why it is damaged: sentences. Empty for a whole one. */
  reasons: string[];
}

export interface ProjectSummary {
  project: string;
  /** Every published snapshot, and every one that was expected to be. By id. */
  snapshots: SnapshotState[];
  /** In the catalogue. */
  packs: number;
  /** Of these, read to their last byte. */
  packsRead: number;
  /** How often snapshots name a content of several chunks that was not chosen to be read. */
  contentsUnread: number;
  findings: Record<Severity, number>;
  /** Says nothing about the snapshots: their catalogue is being rebuilt, or the master key is another one. */
  inconclusive?: true;
}

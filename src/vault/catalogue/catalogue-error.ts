export type CatalogueErrorCode =
  | 'lease-lost'
  | 'pack-condemned'
  | 'pack-missing'
  | 'collection-running'
  | 'catalogue-incomplete'
  | 'rebuilding'
  | 'catalogue-too-new';

/** Why the catalogue refused, in a sentence that says what to do. Nothing was changed. */
export class CatalogueError extends Error {
  constructor(
    readonly code: CatalogueErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'CatalogueError';
  }
}

/** What is said to a capture that was taken for dead. */
export function leaseLost(snapshotId: string): CatalogueError {
  return new CatalogueError(
    'lease-lost',
    `The capture of snapshot ${snapshotId} gave no sign of life for too long, or a newer attempt has taken its place. Capture it again.`,
  );
}

/** What is said to whoever needs a catalogue that is being made anew. */
export function beingRebuilt(project: string): CatalogueError {
  return new CatalogueError(
    'rebuilding',
    `The catalogue of project ${project} is being rebuilt. Wait until it is done; if the rebuild was interrupted, start it again.`,
  );
}

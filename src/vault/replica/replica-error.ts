/**
 * - `replica-foreign`: what lies there is no copy of this vault
 * - `replica-missing`: there is nothing, although snapshots are known to be in it
 * - `replica-other-key`: a project's key there is another one
 * - `replica-same-place`: it is where the vault is
 * - `replica-unusable`: its store cannot do what a vault needs
 * - `replica-incomplete`: something that had arrived there is not there any more
 * - `replica-locked`: something there is damaged, and its store does not let it be replaced
 * - `replica-unreachable`, `replica-full`, `replica-denied`: it cannot be written, or not be read
 * - `replica-source-damaged`: what the vault holds is not what it should be
 * - `replica-source-unreadable`: the vault does not answer
 * - `replica-needs-unknown`: it is not known which packs a snapshot needs
 */
export type ReplicaErrorCode =
  | 'replica-foreign'
  | 'replica-missing'
  | 'replica-other-key'
  | 'replica-same-place'
  | 'replica-unusable'
  | 'replica-incomplete'
  | 'replica-locked'
  | 'replica-unreachable'
  | 'replica-full'
  | 'replica-denied'
  | 'replica-source-damaged'
  | 'replica-source-unreadable'
  | 'replica-needs-unknown';

/** Only a person can change what these are about. */
const FOR_PEOPLE: readonly ReplicaErrorCode[] = [
  'replica-foreign',
  'replica-missing',
  'replica-other-key',
  'replica-same-place',
  'replica-unusable',
];
/** The others can be copied all the same. */
const OF_ONE_SNAPSHOT: readonly ReplicaErrorCode[] = [
  'replica-other-key',
  'replica-incomplete',
  'replica-locked',
  'replica-source-damaged',
  'replica-needs-unknown',
];

/** Why something is not in the replica, in a sentence that says what to do. */
export class ReplicaError extends Error {
  constructor(
    readonly code: ReplicaErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'ReplicaError';
  }

  get needsPerson(): boolean {
    return FOR_PEOPLE.includes(this.code);
  }

  get isOfOneSnapshot(): boolean {
    return OF_ONE_SNAPSHOT.includes(this.code);
  }
}

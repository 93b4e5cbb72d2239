/** One change of the contract that a client of the last release can run into. */
export interface BreakingChange {
  /** What kind of change: a rule of oasdiff, or one of our own. */
  id: string;
  /** The operation, as in `GET /api/v1/projects`; the name of a component for what belongs to no operation. */
  place: string;
  /** What has changed, for people. */
  sentence: string;
}

/** Why a running capture was stopped from outside. */
export class CancelRequested extends Error {
  override name = 'CancelRequested';
}

export class TimedOut extends Error {
  override name = 'TimedOut';
  constructor(readonly timeoutSeconds: number) {
    super(`The snapshot took longer than its timeoutSeconds (${timeoutSeconds}) and was stopped.`);
  }
}

/** Another worker has taken the snapshot up, or it was ended without this worker. */
export class ClaimLost extends Error {
  override name = 'ClaimLost';
}

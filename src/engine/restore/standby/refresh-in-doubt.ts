/** It cannot be made certain that what comes of it is the snapshot, or it would be no quicker: everything is to be built anew. */
export class RefreshInDoubt extends Error {
  override name = 'RefreshInDoubt';
}

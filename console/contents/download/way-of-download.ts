const MiB = 1024 * 1024;

/** Up to here a file is put where the browser puts downloads, without asking where to. */
const AT_ONCE_BYTES = 64 * MiB;
/** What a page holds at the most, in a browser that lets no page write into a file. */
export const HELD_BYTES = 512 * MiB;

/** `held`: the browser holds all of it, then keeps it. `written`: it goes into a file that the person chooses, as it comes. `elsewhere`: by the command line. */
export type WayOfDownload = 'held' | 'written' | 'elsewhere';

/** @param writesFiles whether the browser lets a page write into a file that the person chooses */
export function wayOfDownload(sizeBytes: number, writesFiles: boolean): WayOfDownload {
  if (sizeBytes > AT_ONCE_BYTES && writesFiles) return 'written';
  return sizeBytes <= HELD_BYTES ? 'held' : 'elsewhere';
}

/** What a file takes beyond its bytes: its last block, its directory entry, its inode. */
const BYTES_PER_FILE = 4608;
/** Never fill a file system to the brim. */
const RESERVE_BYTES = 16 * 1024 * 1024;

/** What must be free beside the live directory to rebuild one there. `filestoreBytes` is data: holes take no room. */
export function requiredBytes(captured: { filestoreBytes: number | null; fileCount: number | null }): number {
  return (captured.filestoreBytes ?? 0) + (captured.fileCount ?? 0) * BYTES_PER_FILE + RESERVE_BYTES;
}

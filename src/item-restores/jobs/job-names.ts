/** Takes items out of a snapshot, or takes them back. */
export const ITEM_RESTORE_JOB = 'items.restore';
export interface ItemRestoreJobData {
  itemRestoreId: string;
}

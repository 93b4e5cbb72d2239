/** Something that speaks against getting a snapshot back. */
export interface RestoreFinding {
  code: string;
  /** A sentence for a person; names in it are escaped. */
  message: string;
  /** As things stand it cannot be restored by this role on this server. */
  blocking: boolean;
}

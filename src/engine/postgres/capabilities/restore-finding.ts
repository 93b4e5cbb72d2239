/** Something that a capture has seen and that speaks against getting it back. */
export interface CaptureFinding {
  code: string;
  /** A sentence for a person; names in it are escaped. */
  message: string;
  /** As things stand it cannot be restored by this role on this server. */
  blocking: boolean;
}

/** What a restore had to do in another way, or leave: it goes on, and a person should know. */
export interface RestoreWarning {
  code: string;
  /** A sentence that names the object. */
  message: string;
}

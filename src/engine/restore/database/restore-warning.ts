/** What a restore had to do in another way, or leave: it goes on, and a person should know. */
export interface RestoreWarning {
  code: string;
  /** A sentence that names the object. */
  message: string;
  /**
   * What it says of the snapshot when it is verified: that something is not as it was (`differs`), or that values of rows are not
   * (`disproves`). Left out: nothing.
   */
  weight?: 'differs' | 'disproves';
}

/** The name of a table, sequence or view. */
export interface Relation {
  schema: string;
  name: string;
}

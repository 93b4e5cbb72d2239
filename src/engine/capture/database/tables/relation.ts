/** The name of a table, sequence or view. */
export interface Relation {
  schema: string;
  name: string;
}

/** A table that is left out, or goes with one that is. */
export interface LeftOutTable extends Relation {
  oid: number;
}

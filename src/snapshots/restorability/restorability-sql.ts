/** Of a row of snapshots, whose columns no other table of the statement has. Word for word as in the indexes of the migration, which would not serve them otherwise. */
export const NOT_REFUTED = `restorability IS DISTINCT FROM 'refuted'`;

/** It cannot be restored as things stand. */
export const BLOCKED = `restorability_findings @> '[{"blocking": true}]'`;

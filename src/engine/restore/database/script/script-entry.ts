/** The part of a restore an entry belongs to, as `pg_restore --section` has it. */
export type Section = 'pre-data' | 'post-data';

/** One entry of an archive, and where its statements stand in the script that `pg_restore` makes of it. */
export interface ScriptEntry {
  id: number;
  section: Section;
  /** As the archive calls it: `TABLE`, `FK CONSTRAINT`, `INDEX ATTACH`, … */
  type: string;
  /** Ids of other entries; some may not be in the archive. */
  dependsOn: number[];
  /** For messages: `app.t_pkey`. */
  label: string;
  /** The first lines of its first statement. Not all of it, and not to be sent. */
  head: string;
  /** It has more than one statement. */
  hasMore: boolean;
  /** Bytes of the script: its statements, with comments before and between them. */
  from: number;
  to: number;
  /** Where and how what it makes is stored, as SQL. */
  storage: { tablespace: string; accessMethod: string };
}

const NAME = String.raw`(?:"(?:[^"]|"")+"|[^\s"().;,]+)`;
const RELATION = String.raw`(${NAME})\.(${NAME})`;
const FORMS = [
  String.raw`CREATE (?:UNLOGGED |FOREIGN )?TABLE ${RELATION}[ \n(]`,
  String.raw`CREATE (?:UNIQUE )?INDEX ${NAME} ON (?:ONLY )?${RELATION} USING `,
  String.raw`ALTER (?:FOREIGN )?TABLE (?:ONLY )?${RELATION}\n? +ADD CONSTRAINT `,
  String.raw`CREATE MATERIALIZED VIEW ${RELATION}[ \n]`,
].map((form) => new RegExp(`^${form}`));

/** The table, or materialised view, that this entry makes, or makes something for; undefined where that cannot be told. */
export function relationOf(entry: Pick<ScriptEntry, 'head'>): { schema: string; name: string } | undefined {
  for (const form of FORMS) {
    const [, schema, name] = form.exec(entry.head) ?? [];
    if (schema !== undefined && name !== undefined) return { schema: unquoted(schema), name: unquoted(name) };
  }
  return undefined;
}

/** A name as it is, from SQL that `pg_dump` wrote. */
export function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

/** The part of a restore an entry belongs to, as `pg_restore --section` has it. */
export type Section = 'pre-data' | 'data' | 'post-data';

export const SECTIONS: readonly Section[] = ['pre-data', 'data', 'post-data'];

/** What matters here about the kind of an entry. */
export type EntryKind =
  | 'table'
  | 'index'
  | 'constraint'
  | 'foreign-key'
  | 'statistics'
  | 'attach'
  | 'privileges'
  | 'policy'
  | 'event-trigger'
  | 'other';

/** One entry of an archive's table of contents. */
export interface ArchiveEntry {
  id: number;
  kind: EntryKind;
  section: Section;
  /**
   * Schema, name and owner with spaces between, and line ends in them replaced by spaces. Ends with a space when there is
   * no owner.
   */
  label: string;
  /** Ids of other entries; some may not be in the archive. */
  dependsOn: number[];
}

/** The class an object belongs to (the oid of its catalogue), and the words its entry begins with. */
const KINDS: readonly [classOid: string, words: string, kind: EntryKind][] = [
  ['1259', 'TABLE ', 'table'],
  ['1259', 'INDEX ', 'index'],
  ['2606', 'CONSTRAINT ', 'constraint'],
  ['2606', 'FK CONSTRAINT ', 'foreign-key'],
  ['3381', 'STATISTICS ', 'statistics'],
  ['0', 'TABLE ATTACH ', 'attach'],
  ['0', 'ACL ', 'privileges'],
  ['826', 'DEFAULT ACL ', 'privileges'],
  ['3256', 'POLICY ', 'policy'],
  ['3466', 'EVENT TRIGGER ', 'event-trigger'],
];

/** The ids in what `pg_restore --list` prints. */
export function parseIds(listing: string): number[] {
  return [...listing.matchAll(/^(\d+); /gm)].map(([, id]) => Number(id));
}

/**
 * Reads what `pg_restore --list --verbose` prints: everything, whatever section was asked for, so the section of
 * each entry has to be told. Lines it does not know are passed over: whatever is not recognised is restored with the
 * rest, only later than it could be.
 */
export function parseEntries(listing: string, sections: ReadonlyMap<number, Section>): ArchiveEntry[] {
  const entries: ArchiveEntry[] = [];
  for (const line of listing.split('\n')) {
    const dependencies = /^;\tdepends on:((?: \d+)+)$/.exec(line)?.[1];
    if (dependencies !== undefined) entries.at(-1)?.dependsOn.push(...dependencies.trim().split(' ').map(Number));
    const [, id, classOid, text] = /^(\d+); (\d+) \d+ (.*)$/.exec(line) ?? [];
    if (id === undefined || classOid === undefined || text === undefined) continue;
    const section = sections.get(Number(id));
    if (!section) continue;
    const known = KINDS.find(([oid, words]) => oid === classOid && text.startsWith(words));
    const label = text.slice(known?.[1].length ?? 0);
    entries.push({ id: Number(id), kind: known?.[2] ?? 'other', section, label, dependsOn: [] });
  }
  return entries;
}

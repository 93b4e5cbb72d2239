import { SqlScanner } from './sql-scanner.js';
import type { ScriptEntry, Section } from './script-entry.js';

const HEADER = /^-- TOC entry (\d+) \(class \d+ OID \d+\)$/;
const DEPENDENCIES = /^-- Dependencies:((?: \d+)+)$/;
const NAMED = /^-- Name: (.*); Type: ([A-Z][A-Z ]*); Schema: (.*?); Owner: /;
const STORAGE = /^SET default_(tablespace|table_access_method) = (.*);$/;
/** Of entries of these types the beginning is looked at; a database can have a hundred thousand others. */
const HEADED: ReadonlySet<string> = new Set(['TABLE', 'FOREIGN TABLE', 'MATERIALIZED VIEW', 'INDEX', 'CONSTRAINT']);
/** The first lines of a statement that are kept, where a table's name and what is made of it stand. */
const HEAD_LINES = 2;

/**
 * Finds the entries in a script that `pg_restore --verbose` has made of one section, while it passes by. The comments that begin
 * each entry are told from text that looks like them by where they stand.
 */
export class EntryReader {
  readonly entries: ScriptEntry[] = [];
  private readonly scanner: SqlScanner;
  private readonly storage = { tablespace: "''", accessMethod: 'heap' };
  private current: ScriptEntry | undefined;
  private headLines = 0;

  constructor(
    private readonly section: Section,
    private readonly decoder: { decode(bytes: Buffer): string },
  ) {
    this.scanner = new SqlScanner({ onLine: (line, from, to) => this.line(line, from, to) });
  }

  add(bytes: Buffer): void {
    this.scanner.add(bytes);
  }

  end(): void {
    this.scanner.end();
  }

  private line(bytes: Buffer, from: number, to: number): void {
    const start = bytes.toString('latin1', 0, 32);
    if (start.startsWith('-- TOC entry ')) return this.begin(HEADER.exec(bytes.toString('latin1')), from);
    const { current } = this;
    // What the program says to psql, and not to the server, stands before the first entry and behind the last.
    if (start.startsWith('\\')) {
      this.current = undefined;
      return;
    }
    if (start.startsWith('SET default_')) this.setStorage(bytes.toString('latin1'));
    else if (start.startsWith('--')) this.comment(this.decoder.decode(bytes));
    else if (current && (bytes.length > 0 || this.headLines > 0)) this.statement(this.decoder.decode(bytes));
    if (this.current) this.current.to = to;
  }

  private begin(header: RegExpExecArray | null, from: number): void {
    if (!header) return;
    this.current = {
      id: Number(header[1]),
      section: this.section,
      type: '',
      dependsOn: [],
      label: '',
      head: '',
      hasMore: false,
      from,
      to: from,
      storage: { ...this.storage },
    };
    this.headLines = 0;
    this.entries.push(this.current);
  }

  private comment(text: string): void {
    const { current } = this;
    if (!current || this.headLines > 0) return;
    const dependencies = DEPENDENCIES.exec(text)?.[1];
    if (dependencies !== undefined) current.dependsOn = dependencies.trim().split(' ').map(Number);
    const [, name, type, schema] = NAMED.exec(text) ?? [];
    if (name === undefined || type === undefined) return;
    current.type = type;
    current.label = schema === '-' ? name : `${schema}.${name}`;
  }

  private statement(text: string): void {
    const entry = this.current!;
    if (this.headLines > 0 && /^(ALTER|COMMENT|SELECT|CREATE) /.test(text))
      entry.hasMore ||= this.headLines > 1 || entry.head.includes(';');
    if (HEADED.has(entry.type) && this.headLines < HEAD_LINES && text !== '')
      entry.head += entry.head === '' ? text : `\n${text}`;
    if (text !== '' || this.headLines > 0) this.headLines += 1;
  }

  /** Holds for every entry from the next one on; a statement of its own, it may stand at the end of the one before. */
  private setStorage(text: string): void {
    const [, which, value = ''] = STORAGE.exec(text) ?? [];
    if (which === 'tablespace') this.storage.tablespace = value;
    else if (which === 'table_access_method') this.storage.accessMethod = value;
  }
}

import type { Pages } from '../../sdk/typescript/index.js';
import { beginningOf, toldRest } from './beginning-of.js';
import type { CountedPage } from './beginning-of.js';
import { properties, table } from './table.js';
import type { Column, Property } from './table.js';
import type { Terminal } from './terminal.js';
import { harmlessJson, visible } from './visible.js';
import { harmlessYaml } from './yaml.js';

export const FORMATS = ['table', 'json', 'yaml'] as const;
export type Format = (typeof FORMATS)[number];

/** How a thing is told: for programs as the service has it, for people as a table. */
export class Printer {
  constructor(
    private readonly terminal: Terminal,
    readonly format: Format,
    readonly quiet: boolean,
  ) {}

  /** One thing; with `--quiet` its `id` alone. */
  one<T extends object>(thing: T, told: () => readonly Property[], id?: string): void {
    if (this.quiet) this.id(id);
    else if (this.format === 'table') this.terminal.out(properties(told()));
    else this.data(thing);
  }

  /** Something that was done: its sentence, or for programs what it was done to. */
  done<T extends object>(thing: T, sentence: string, id?: string): void {
    if (this.quiet) this.id(id);
    else if (this.format === 'table') this.terminal.out(visible(sentence));
    else this.data(thing);
  }

  /** A list that is whole already. */
  all<T>(items: readonly T[], columns: readonly Column<T>[], idOf: (item: T) => string, none: string): void {
    if (this.quiet) for (const item of items) this.terminal.out(visible(idOf(item)));
    else if (this.format !== 'table') this.data(items);
    else if (items.length === 0) this.terminal.err(visible(none));
    else this.terminal.out(table(items, columns, this.terminal.columns));
  }

  /** The first `limit` items of a list, and how many there are. */
  async pages<T, P extends CountedPage<T>>(
    pages: Pages<T, P>,
    limit: number,
    columns: readonly Column<T>[],
    idOf: (item: T) => string,
    none: string,
  ): Promise<void> {
    const beginning = await beginningOf(pages, limit);
    this.all(beginning.items, columns, idOf, none);
    const rest = toldRest(beginning);
    if (rest !== undefined && this.format === 'table') this.note(rest);
  }

  /** For people, beside what was asked for: what they may want to know, or do next. */
  note(text: string): void {
    if (!this.quiet) this.terminal.err(visible(text));
  }

  /** Text of several lines, for people only: made by this program, with what is from elsewhere in it made harmless. */
  text(lines: readonly string[]): void {
    for (const line of lines) this.terminal.out(line);
  }

  /** For programs, whatever the format that people get. */
  data(value: unknown): void {
    const toText = this.format === 'yaml' ? harmlessYaml : harmlessJson;
    this.terminal.out(toText(value, this.terminal.ascii));
  }

  private id(id: string | undefined): void {
    if (id !== undefined) this.terminal.out(visible(id));
  }
}

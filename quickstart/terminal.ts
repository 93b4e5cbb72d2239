import { stdout } from 'node:process';

const INDENT = '  ';
const BAR_WIDTH = 28;
const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** `31.5 MB`; decimal units, as disks are sold. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

export function formatSeconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** A title between two steps of the tour. */
export function heading(text: string): void {
  console.log(`\n${style('1', text)}`);
}

/** Indented, and on a terminal broken between words where it ends. */
export function line(text: string): void {
  for (const part of wrapped(text, stdout.isTTY ? stdout.columns - INDENT.length : Infinity)) verbatim(part);
}

/** Indented and never broken: something to copy. */
export function verbatim(text: string): void {
  console.log(text === '' ? '' : INDENT + text);
}

/** The text in lines of at most `width` characters; a longer word has a line of its own. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const end = rest.lastIndexOf(' ', width);
    const at = end > 0 ? end : rest.indexOf(' ');
    if (at <= 0) break;
    lines.push(rest.slice(0, at));
    rest = rest.slice(at + 1);
  }
  return [...lines, rest];
}

/** One line that is never longer than the terminal is wide: one that wraps could not be overwritten. */
export function barLine(percent: number, detail: string, columns: number): string {
  const filled = Math.round((percent / 100) * BAR_WIDTH);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
  return `${INDENT}${bar} ${percent.toFixed(0).padStart(3)} %  ${detail}`.slice(0, columns - 1);
}

/**
 * One bar that moves in place on a terminal. Elsewhere (a pipe, a CI log) it prints a line when the
 * phase changes, so that a log stays readable.
 */
export class ProgressBar {
  private lastPhase: string | null = null;

  update(percent: number, phase: string | null, detail: string): void {
    if (stdout.isTTY) {
      stdout.write(`\r\x1b[2K${barLine(percent, detail, stdout.columns)}`);
    } else if (phase !== null && phase !== this.lastPhase) {
      line(`${percent.toFixed(0).padStart(3)} %  ${detail}`);
    }
    this.lastPhase = phase;
  }

  end(): void {
    if (stdout.isTTY) stdout.write('\r\x1b[2K');
  }
}

function style(code: string, text: string): string {
  return stdout.isTTY ? `\x1b[${code}m${text}\x1b[0m` : text;
}

export const good = (text: string): string => style('32', text);
export const bad = (text: string): string => style('31', text);

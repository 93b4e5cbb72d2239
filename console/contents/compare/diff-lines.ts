export type DiffLine =
  | { kind: 'added' | 'removed' | 'same' | 'about'; text: string }
  /** Where the lines that follow begin in both, from 1. */
  | { kind: 'place'; before: number; after: number };

const PLACE = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/;
const KINDS: Record<string, 'added' | 'removed' | 'same'> = { '+': 'added', '-': 'removed', ' ': 'same' };

/** The lines of a unified diff without its header. What is no line of either side, such as that it was cut off, is about it. */
export function diffLines(diff: string): DiffLine[] {
  const lines = diff.endsWith('\n') ? diff.slice(0, -1).split('\n') : diff.split('\n');
  return lines.map((line) => {
    const place = PLACE.exec(line);
    if (place !== null) return { kind: 'place', before: Number(place[1]), after: Number(place[2]) };
    const kind = KINDS[line.charAt(0)];
    return kind === undefined
      ? { kind: 'about', text: line.startsWith('\\ ') ? line.slice(2) : line }
      : { kind, text: line.slice(1) };
  });
}

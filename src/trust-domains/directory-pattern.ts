import { normalize } from 'node:path';
import { isPlainName } from './organization-name.js';

/** Where the name of an organization stands. */
export const PLACEHOLDER = '{organization}';

/** An absolute directory of one organization, or of each with its name put in. */
export interface DirectoryPattern {
  path: string;
  /** Whose it is; undefined where the name stands in the path. */
  organization?: string;
  /** Where it was configured, for a message: `FILESTORE_ROOTS`. */
  from: string;
}

/**
 * Two of the patterns in which directories of two organizations would lie in each other, or be the same, for some names of
 * theirs; undefined when there are none. By the text of the paths: links are no matter of patterns. Pure.
 */
export function findMixed(patterns: readonly DirectoryPattern[]): [DirectoryPattern, DirectoryPattern] | undefined {
  for (const [index, one] of patterns.entries()) {
    for (const other of patterns.slice(index)) if (canMix(one, other)) return [one, other];
  }
  return undefined;
}

/** What is known of the two organizations for which one path lies in the other. */
interface Meeting {
  one: string | undefined;
  other: string | undefined;
  areSame: boolean;
}

function canMix(one: DirectoryPattern, other: DirectoryPattern): boolean {
  const [left, right] = [segmentsOf(one.path), segmentsOf(other.path)];
  const meeting: Meeting = { one: one.organization, other: other.organization, areSame: false };
  for (let at = 0; at < Math.min(left.length, right.length); at += 1) {
    if (!meet(left[at]!, right[at]!, meeting)) return false;
  }
  if (meeting.areSame) return false;
  return meeting.one === undefined || meeting.other === undefined || meeting.one !== meeting.other;
}

/** False when the two segments cannot be the same, whatever the names. */
function meet(left: string, right: string, meeting: Meeting): boolean {
  const [inLeft, inRight] = [left.includes(PLACEHOLDER), right.includes(PLACEHOLDER)];
  if (inLeft && inRight) {
    // Of the same frame only the same name makes the same; of two others some pair of names may.
    if (left === right) meeting.areSame = true;
    return fit(left, right);
  }
  if (inLeft) return isNamed(left, right, meeting.one, (name) => (meeting.one = name));
  if (inRight) return isNamed(right, left, meeting.other, (name) => (meeting.other = name));
  return left === right;
}

/** Whether what stands around the names can be the beginning and the end of one segment. */
function fit(left: string, right: string): boolean {
  const [one, other] = [left.split(PLACEHOLDER), right.split(PLACEHOLDER)];
  const [begin, otherBegin, end, otherEnd] = [one[0]!, other[0]!, one.at(-1)!, other.at(-1)!];
  return (
    (begin.startsWith(otherBegin) || otherBegin.startsWith(begin)) && (end.endsWith(otherEnd) || otherEnd.endsWith(end))
  );
}

/** Whether a segment is what a pattern's becomes for a name, and for the one that is known of already. */
function isNamed(pattern: string, segment: string, known: string | undefined, learn: (name: string) => void): boolean {
  const [before = '', ...rest] = pattern.split(PLACEHOLDER);
  const after = rest[0] ?? '';
  if (!segment.startsWith(before) || !segment.endsWith(after)) return false;
  const name = segment.slice(before.length, segment.length - after.length);
  if (rest.length !== 1 || !isPlainName(name)) return rest.length !== 1;
  if (known !== undefined && known !== name) return false;
  learn(name);
  return true;
}

function segmentsOf(path: string): string[] {
  return normalize(path)
    .split('/')
    .filter((segment) => segment !== '');
}

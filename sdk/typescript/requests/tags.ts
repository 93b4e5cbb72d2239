/** Beside the answers and not in them, where they would be sent back with a change, or printed. */
const tags = new WeakMap<object, string>();

/**
 * The tag (`ETag`) of the version that a view or a change has returned, for `ifMatch` and `ifNoneMatch`. Throws for what has none, such as a copy:
 * a change that was to be conditional would be made in any case.
 */
export function tagOf(answer: object): string {
  const tag = tags.get(answer);
  if (tag === undefined)
    throw new TypeError('This has no tag: only what a view or a change has returned has one, and no copy.');
  return tag;
}

export function rememberTag(answer: unknown, tag: string | null | undefined): void {
  if (typeof answer === 'object' && answer !== null && typeof tag === 'string') tags.set(answer, tag);
}

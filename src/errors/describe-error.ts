/** Deeper chains of causes do not help. */
const MOST_CAUSES = 5;

/**
 * An error and its causes as text for the log: messages and stacks only. The other properties of
 * an error are left out, since drivers attach queries and their parameters there.
 */
export function describeError(error: unknown): string {
  const texts: string[] = [];
  let current: unknown = error;
  while (current !== undefined && texts.length <= MOST_CAUSES) {
    if (!(current instanceof Error)) {
      texts.push(typeof current === 'string' ? current : `a thrown ${typeof current}`);
      break;
    }
    texts.push(current.stack ?? current.message);
    current = current.cause;
  }
  return texts.join('\ncaused by: ');
}

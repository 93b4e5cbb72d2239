/** The operating system's name for a failure, such as `ENOENT`, also of one that a thread has handed on; undefined for any other. */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

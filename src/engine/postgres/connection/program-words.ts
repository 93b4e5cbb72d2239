/**
 * The reason in what `pg_dump` or `pg_restore` wrote to standard error: the first line that reports an
 * error, without the program's name and the repetition of its statement.
 */
export function wordsOf(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  const reason =
    lines.find((line) => /\b(ERROR|FATAL|PANIC): /.test(line)) ?? lines.find((line) => / error: /.test(line));
  const words = reason ?? lines.find((line) => line !== '') ?? 'nothing';
  return words.replace(/^pg_\w+: (error: )?/, '').replace(/^.*?\b(?=(ERROR|FATAL|PANIC): )/, '');
}

/** Whether PostgreSQL refused something for lack of a privilege, row-level security included. */
export function saysPermissionDenied(words: string): boolean {
  return /permission denied|must be owner of|must be superuser|affected by row-level security/.test(words);
}

export function saysDiskFull(words: string): boolean {
  return words.includes('No space left on device');
}

/**
 * Whether `pg_dump` gave up while it locked tables, which at that point means that it waited for too long: whoever may
 * not read them, or has no room for the locks, has been told so before. The time it waits is a `statement_timeout` to
 * the server, whose words, in the server's own language, do not speak of a lock; the statement is in `pg_dump`'s words.
 */
export function saysLockWait(stderr: string): boolean {
  return /Query was: LOCK TABLE |lock timeout/i.test(stderr) && !saysNoRoomForLocks(stderr);
}

/** Whether the server's table of locks is full. The setting has its name in every language. */
export function saysNoRoomForLocks(stderr: string): boolean {
  return stderr.includes('max_locks_per_transaction');
}

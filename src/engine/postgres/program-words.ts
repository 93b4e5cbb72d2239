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

/** `rwxr-x---`, as `ls` has it: with s and t for what is run as its owner or group, and for what only owners remove. */
export function permissions(mode: number): string {
  const bit = (value: number, letter: string) => ((mode & value) === 0 ? '-' : letter);
  const run = (execute: number, special: number, letter: string) => {
    if ((mode & special) === 0) return bit(execute, 'x');
    return (mode & execute) === 0 ? letter.toUpperCase() : letter;
  };
  return [
    bit(0o400, 'r') + bit(0o200, 'w') + run(0o100, 0o4000, 's'),
    bit(0o040, 'r') + bit(0o020, 'w') + run(0o010, 0o2000, 's'),
    bit(0o004, 'r') + bit(0o002, 'w') + run(0o001, 0o1000, 't'),
  ].join('');
}

/** `0644`, as `chmod` takes it. */
export function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

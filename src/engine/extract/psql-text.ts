/** A text in one word of digits and letters, as bash's `printf %b` writes it out: names may have any character but zero in them. */
export function escapedForPrintf(text: string): string {
  return Buffer.from(text, 'utf8')
    .toString('hex')
    .replaceAll(/../g, (byte) => `\\x${byte}`);
}

/** A field of COPY text. */
export function copyField(value: string | number | boolean | undefined): string {
  if (value === undefined) return String.raw`\N`;
  return String(value)
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('\r', String.raw`\r`)
    .replaceAll('\t', String.raw`\t`);
}

/** A word of a shell. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

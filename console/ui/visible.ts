/** A piece of a name: as it is, or, of what cannot be seen or would turn the line, the escape that is seen in its place. */
export interface VisiblePart {
  text: string;
  isEscaped: boolean;
}

/** What has no shape of its own: controls, marks of direction, what joins or is passed over, half characters, spaces other than the usual one and those at either end. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}|^ | $/gu;
const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A name in pieces, so that all of it is seen and no two names look alike because of what is not. A backslash of its own is no escape. */
export function visibleParts(name: string): VisiblePart[] {
  const parts: VisiblePart[] = [];
  let from = 0;
  for (const { 0: character, index } of name.matchAll(UNSEEN)) {
    if (index > from) parts.push({ text: name.slice(from, index), isEscaped: false });
    parts.push({ text: escaped(character), isEscaped: true });
    from = index + character.length;
  }
  if (from < name.length) parts.push({ text: name.slice(from), isEscaped: false });
  return parts;
}

/** The same as one text, for where there is nothing but text, such as the name of a button. */
export function visible(name: string): string {
  return visibleParts(name)
    .map(({ text }) => text)
    .join('');
}

/** Whether a name is seen as it is. */
export function isVisible(name: string): boolean {
  return name.search(UNSEEN) === -1;
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code > 0xffff) return `\\u{${hex}}`;
  return SHORT[character] ?? (code > 0xff ? `\\u${hex.padStart(4, '0')}` : `\\x${hex.padStart(2, '0')}`);
}

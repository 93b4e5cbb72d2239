import truncatedWidth from 'fast-string-truncated-width';

/** How many columns a terminal takes for it: two for a Chinese character, none for an accent that combines. */
export function widthOf(text: string): number {
  return truncatedWidth(text).width;
}

/** Its beginning, no wider than `width`; what was cut ends with an ellipsis. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  const { index } = truncatedWidth(text, { limit: width, ellipsis: '…', ellipsisWidth: 1 });
  return `${text.slice(0, index)}…`;
}

/** As wide as `width`, which it must not exceed. */
export function padded(text: string, width: number, right = false): string {
  const gap = ' '.repeat(Math.max(0, width - widthOf(text)));
  return right ? gap + text : text + gap;
}

import truncatedWidth from 'fast-string-truncated-width';

/** The library counts columns, and does not cut: where a character has two halves it cuts between them. */
const CHARACTERS = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** How many columns a terminal takes for it: two for a Chinese character, none for an accent that combines. */
export function widthOf(text: string): number {
  return truncatedWidth(text).width;
}

/** Its beginning, no wider than `width`; what was cut ends with an ellipsis. A character and its accents stay together. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  for (const { segment } of CHARACTERS.segment(text)) {
    if (widthOf(`${kept}${segment}`) > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** As wide as `width`, which it must not exceed. */
export function padded(text: string, width: number, right = false): string {
  const gap = ' '.repeat(Math.max(0, width - widthOf(text)));
  return right ? gap + text : text + gap;
}

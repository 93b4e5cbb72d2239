/** What this program itself says beyond ASCII, its questions too, and what stands for it where that cannot be shown. */
const INSTEAD: Record<string, string> = {
  '…': '~',
  '→': '->',
  '·': '-',
  '–': '-',
  '✓': 'ok',
  '✗': 'x',
  '█': '#',
  '░': '.',
  '│': '|',
  '┌': '-',
  '└': '-',
  '─': '-',
  '◆': '*',
  '◇': 'o',
  '■': 'x',
  '▲': '!',
  '●': '>',
  '○': ' ',
  '▪': '*',
  '•': '-',
  '↑': '^',
  '↓': 'v',
};

/** For a terminal whose locale has no UTF-8: one column for each character but for what is listed. */
export function plainAscii(text: string): string {
  // oxlint-disable-next-line no-control-regex -- everything but ASCII is what is meant
  return text.replace(/[^\u0000-\u007f]/gu, (character) => INSTEAD[character] ?? '?');
}

/** Whether a locale, as the environment names it, has UTF-8; where nothing is named it is taken for granted. */
export function isUtf8Locale({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean {
  // As setlocale does it: the first that is set, and not empty, is the one.
  const locale = [LC_ALL, LC_CTYPE, LANG].find((name) => name !== undefined && name !== '');
  return locale === undefined || /utf-?8/i.test(locale);
}

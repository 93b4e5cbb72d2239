/** PostgreSQL's names of encodings whose name on the web is another one. */
const WEB_NAMES: Readonly<Record<string, string>> = {
  UTF8: 'utf-8',
  // On the web that is another name of windows-1252, which differs in control characters only.
  LATIN1: 'iso-8859-1',
  LATIN2: 'iso-8859-2',
  LATIN3: 'iso-8859-3',
  LATIN4: 'iso-8859-4',
  LATIN5: 'iso-8859-9',
  LATIN6: 'iso-8859-10',
  LATIN7: 'iso-8859-13',
  LATIN8: 'iso-8859-14',
  LATIN9: 'iso-8859-15',
  LATIN10: 'iso-8859-16',
  KOI8R: 'koi8-r',
  KOI8U: 'koi8-u',
  EUC_JP: 'euc-jp',
  EUC_KR: 'euc-kr',
  EUC_CN: 'gb2312',
};

/** Stands for what an encoding does not let us read. */
export const UNREADABLE = '\ufffd';

/**
 * Decodes names as PostgreSQL's programs print them, in the database's encoding. Of an encoding that is not known
 * here, what is not ASCII becomes `UNREADABLE`.
 */
export function listingDecoder(encoding: string): { decode(bytes: Buffer): string } {
  const windows = /^WIN(\d+)$/.exec(encoding)?.[1];
  const iso = /^ISO_8859_(\d+)$/.exec(encoding)?.[1];
  const name = WEB_NAMES[encoding] ?? (windows ? `windows-${windows}` : iso ? `iso-8859-${iso}` : undefined);
  try {
    if (name !== undefined) return new TextDecoder(name);
  } catch {
    // PostgreSQL knows more of them than the web does.
  }
  // eslint-disable-next-line no-control-regex
  return { decode: (bytes) => bytes.toString('latin1').replaceAll(/[^\x00-\x7f]/g, UNREADABLE) };
}

/** What lies between two places of one timeline of the log, as `pg_lsn` prints them; the first one is in it, the last one is not. */
export interface LogStretch {
  timeline: number;
  from: string;
  to: string;
}

/** What one of the server's summaries is about. */
export interface LogSummary {
  from: string;
  to: string;
}

/** The summaries that have all of a stretch; or there are none yet, or never will be. */
export type LogReading = { files: LogSummary[] } | { isLost: boolean };

/**
 * Which summaries are to be read. `summaries` are of the stretch's timeline, by where they begin. They are made one after the other: what
 * lies before the end of a later one and has none was removed, or was never summarised.
 */
export function readingOf(summaries: readonly LogSummary[], { from, to }: LogStretch): LogReading {
  let covered = placeInLog(from);
  const end = placeInLog(to);
  const files = summaries.filter((summary) => placeInLog(summary.to) > covered && placeInLog(summary.from) < end);
  for (const file of files) {
    if (placeInLog(file.from) > covered) return { isLost: true };
    const next = placeInLog(file.to);
    if (next > covered) covered = next;
  }
  return covered >= end ? { files } : { isLost: false };
}

/** Bytes of log before a place like `16/B374D848`. Throws `SyntaxError` for anything else. */
export function placeInLog(lsn: string): bigint {
  const [high = '', low = ''] = lsn.split('/');
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

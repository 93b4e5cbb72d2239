import { toString as toWords } from 'cronstrue';

/** A rule of cron in words, `At 03:00`; undefined when it cannot be read. */
export function cronWords(cron: string): string | undefined {
  if (cron.trim().split(/\s+/).length !== 5) return undefined;
  try {
    return toWords(cron, { use24HourTimeFormat: true, verbose: false });
  } catch {
    return undefined;
  }
}

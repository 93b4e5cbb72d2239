/** What a colour means: as it should be, running, late or doubtful, wrong, or nothing in particular. */
export type Tone = 'good' | 'info' | 'warn' | 'bad' | 'plain';

export const SOFT: Record<Tone, string> = {
  good: 'bg-accent-soft text-accent',
  info: 'bg-info-soft text-info',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  plain: 'bg-sunken text-soft',
};

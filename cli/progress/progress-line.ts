import { cut, widthOf } from '../output/fitted.js';
import { visible } from '../output/visible.js';
import { bytes, known, seconds } from '../output/words.js';
import type { WorkProgress } from './shown-progress.js';

const BAR = 20;

/** One line that says how far something is, no wider than `width`: what matters least is left out first. */
export function progressLine(progress: WorkProgress, width: number): string {
  const percent = `${Math.floor(progress.percent).toString().padStart(3)} %`;
  const phase = visible(progress.phase ?? progress.status);
  const amount = amountOf(progress);
  const rate = known(progress.bytesPerSecond, (count) => `${bytes(count)}/s`) ?? '';
  const left = known(progress.remainingSeconds, (time) => `${seconds(time)} left`) ?? '';
  const choices = [
    [bar(progress.percent), percent, phase, amount, rate, left],
    [percent, phase, amount, rate, left],
    [percent, phase, amount, left],
    [percent, phase, left],
    [percent, phase],
  ].map((parts) => parts.filter((part) => part !== '').join('  '));
  return cut(choices.find((line) => widthOf(line) <= width) ?? choices.at(-1)!, width);
}

/** The same for a log, where lines stay: without what is only of the moment. */
export function progressLogLine(progress: WorkProgress): string {
  const amount = amountOf(progress);
  return [`${Math.floor(progress.percent)} %`, visible(progress.phase ?? progress.status), amount]
    .filter((part) => part !== '')
    .join('  ');
}

function amountOf({ bytesDone, bytesTotal }: WorkProgress): string {
  const done = bytesDone ?? 0;
  if ((bytesTotal ?? 0) === 0) return done === 0 ? '' : bytes(done);
  return `${bytes(done)} of ${bytes(bytesTotal!)}`;
}

function bar(percent: number): string {
  const full = Math.round((Math.min(100, Math.max(0, percent)) / 100) * BAR);
  return '█'.repeat(full) + '░'.repeat(BAR - full);
}

import type { ProtectionSummary } from '../../sdk/typescript/index.js';
import type { Tone } from '../ui/tone.js';

export interface Answer {
  tone: Tone;
  text: string;
}

/** Am I protected? In one sentence, which says the worst first. */
export function answerOf(summary: ProtectionSummary): Answer {
  const { unprotectedCount, lateCount, pausedCount, unscheduledCount, protectedCount } = summary;
  const total = unprotectedCount + lateCount + pausedCount + unscheduledCount + protectedCount;
  if (total === 0) return { tone: 'plain', text: 'Nothing is registered yet, so nothing is protected.' };
  const wrong = listed(total, [
    [unprotectedCount, 'not protected'],
    [lateCount, 'overdue'],
  ]);
  const silent = listed(total, [
    [pausedCount, 'paused'],
    [unscheduledCount, 'without a schedule'],
  ]);
  const aside = silent === '' ? '' : ` ${silent}.`;
  if (wrong !== '')
    return { tone: unprotectedCount > 0 ? 'bad' : 'warn', text: `No: ${ofAll(total)} ${wrong}.${aside}` };
  if (protectedCount === 0) return { tone: 'warn', text: `Not by a schedule: ${ofAll(total)} ${silent}.` };
  if (silent !== '')
    return { tone: 'plain', text: `Partly: ${ofAll(total)} ${count(protectedCount)} protected.${aside}` };
  return {
    tone: 'good',
    text: total === 1 ? 'Yes: the one environment is protected.' : `Yes: all ${total} environments are protected.`,
  };
}

function ofAll(total: number): string {
  return total === 1 ? 'the one environment' : `of ${total} environments`;
}

function count(amount: number): string {
  return `${amount} ${amount === 1 ? 'is' : 'are'}`;
}

/** Of a single one it is not said how many. */
function listed(total: number, parts: readonly (readonly [amount: number, text: string])[]): string {
  return parts
    .filter(([amount]) => amount > 0)
    .map(([amount, text]) => `${total === 1 ? 'is' : count(amount)} ${text}`)
    .join(' and ');
}

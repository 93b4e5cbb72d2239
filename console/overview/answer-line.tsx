import { ShieldAlert, ShieldCheck, ShieldQuestionMark } from 'lucide-react';
import type { Tone } from '../ui/tone.js';
import type { Answer } from './answer.js';

const LOOKS: Record<Tone, { icon: typeof ShieldCheck; colour: string }> = {
  good: { icon: ShieldCheck, colour: 'text-accent' },
  info: { icon: ShieldQuestionMark, colour: 'text-info' },
  warn: { icon: ShieldAlert, colour: 'text-warn' },
  bad: { icon: ShieldAlert, colour: 'text-bad' },
  plain: { icon: ShieldQuestionMark, colour: 'text-soft' },
};

export function AnswerLine({ of: { tone, text } }: { of: Answer }) {
  const { icon: Icon, colour } = LOOKS[tone];
  return (
    <span className="flex items-start gap-2 text-lg text-ink">
      <Icon aria-hidden className={`mt-0.5 size-6 shrink-0 ${colour}`} />
      {text}
    </span>
  );
}

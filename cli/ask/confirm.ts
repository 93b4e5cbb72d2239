import { confirm, isCancel, text } from '@clack/prompts';
import type { Environment } from '../../sdk/typescript/index.js';
import type { Invocation } from '../invocation.js';
import { interrupted, usage } from '../outcome/outcome-error.js';
import { visible } from '../output/visible.js';

export interface Confirmation {
  question: string;
  /** What has to be typed in; a "y" too quickly pressed is not enough then. */
  typed?: string | undefined;
  /** `--yes` was given. */
  yes: boolean | undefined;
}

/** Types of environments in which things are tried out. All others, those of a newer service too, are as good as production. */
const TRIED_IN: readonly string[] = ['staging', 'development'];

/** What somebody has to type in who changes this environment for good. */
export function nameToType({ name, type }: Pick<Environment, 'name' | 'type'>): string | undefined {
  return TRIED_IN.includes(type) ? undefined : name;
}

/** Returns when a person, or `--yes`, has agreed. Questions go to `err`: `out` may be a pipe. */
export async function confirmed(run: Invocation, { question, typed, yes }: Confirmation): Promise<void> {
  if (yes === true) return;
  if (!run.terminal.canAsk) throw usage('This asks before it is done, and nobody is here to answer; add --yes.');
  const output = run.terminal.questions;
  if (typed === undefined) {
    const answer = await confirm({ message: visible(question), initialValue: false, output });
    if (answer !== true) throw interrupted('Nothing was changed.');
    return;
  }
  const answer = await text({ message: `${visible(question)} Type its name, ${visible(typed)}, to go on.`, output });
  if (isCancel(answer)) throw interrupted('Nothing was changed.');
  // What nobody sees nobody can type: then it is as it is shown.
  if (![typed, visible(typed)].includes((answer ?? '').trim()))
    throw interrupted(`That is not ${visible(typed)}; nothing was changed.`);
}

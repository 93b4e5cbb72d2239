import { isCancel, select } from '@clack/prompts';
import type { Invocation } from '../invocation.js';
import { visible } from '../output/visible.js';

/** What somebody who has pressed Ctrl-C wants with what is waited for; pressed again, to leave it. Taken away when `signal` says so. */
export async function askWhatToDo(
  { terminal }: Invocation,
  { what, cancel }: { what: string; cancel?(): Promise<unknown> },
  signal: AbortSignal,
): Promise<'cancel' | 'leave' | 'wait'> {
  const choice = await select({
    message: `Interrupted. What becomes of ${visible(what)}?`,
    options: [
      { value: 'leave' as const, label: 'Leave it running, and stop watching' },
      ...(cancel === undefined ? [] : [{ value: 'cancel' as const, label: 'Cancel it' }]),
      { value: 'wait' as const, label: 'Go on watching' },
    ],
    output: terminal.questions,
    signal,
  });
  return isCancel(choice) ? 'leave' : choice;
}

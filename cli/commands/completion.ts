import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

/** `snapback completion bash|zsh|fish`, and the hidden command that those scripts call. Last: it looks at what commands there are. */
export function addCompletionCommand(program: Command): void {
  tab(program, { completionCommandName: 'completion' });
}

import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

const NAME = 'completion';

/** `snapback completion bash|zsh|fish`, and the hidden command that those scripts call. Last: it looks at what commands there are. */
export function addCompletionCommand(program: Command): void {
  const { commands } = tab(program, { completionCommandName: NAME });
  // Options of all commands may stand behind each of them.
  for (const command of commands.values()) {
    for (const { long, short, description, argChoices } of program.options) {
      if (long === undefined || long === null) continue;
      const choices =
        argChoices &&
        ((complete: (value: string, told: string) => void) => argChoices.forEach((choice) => complete(choice, '')));
      command.option(long.slice(2), description, choices, short?.slice(1));
    }
  }
  program.commands
    .find((command) => command.name() === NAME)
    ?.hook('preAction', (_, { args: [shell] }) => {
      if (shell !== 'bash') return;
      // The library prints the script by itself.
      const print = console.log;
      console.log = (script: string) => print(`${WITHOUT_PACKAGE}${readTwice(script)}`);
    });
}

/** What the script takes from the package bash-completion. */
const WITHOUT_PACKAGE = `\
declare -F _get_comp_words_by_ref > /dev/null || _get_comp_words_by_ref() {
    cword=$COMP_CWORD
    words=("\${COMP_WORDS[@]}")
    cur=\${COMP_WORDS[COMP_CWORD]}
    prev=\${COMP_WORDS[COMP_CWORD-1]}
}
`;

/** Others have the same constants in theirs, and a profile may be read a second time. */
function readTwice(script: string): string {
  return script.replace(/^readonly (?=ShellCompDirective)/gm, '');
}

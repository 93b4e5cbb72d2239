import { spawn, spawnSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandLine, KEYS, PROGRAM, TerminalSession } from './command-line.js';

let snapback: CommandLine;
/** Where the program lies as `snapback`. */
let bin: string;

beforeAll(async () => {
  snapback = await CommandLine.open();
  bin = join(snapback.home, 'bin');
  await mkdir(bin);
  await symlink(PROGRAM, join(bin, 'snapback'));
});
afterAll(() => snapback.remove());

const PATH = () => [bin, dirname(process.execPath), process.env['PATH']].join(delimiter);

/** Ctrl-U. */
const TAKE_BACK = '\x15';

/** Bash as somebody has it who has configured nothing, at a terminal. */
function bash(): TerminalSession {
  const env = { PATH: PATH(), HOME: snapback.home, TERM: 'xterm-256color', LANG: 'C.UTF-8', PS1: 'ready> ' };
  const shell = 'stty cols 200; exec bash --norc --noprofile';
  return new TerminalSession(spawn('script', ['-qefc', shell, '/dev/null'], { env, stdio: 'pipe' }));
}

describe('completion in bash', () => {
  it('completes commands, options and their values, in a shell that has nothing else', async () => {
    const session = bash();
    await session.until(/ready> $/);
    // Twice, as when somebody reads their .bashrc again.
    session.type('for i in 1 2; do eval "$(snapback completion bash)"; done; echo loaded\r');
    await session.until(/^loaded\nready> $/m);
    expect(session.text).not.toMatch(/readonly|not found|error/i);
    for (const [typed, completed] of [
      ['snapback sna', 'snapback snapshot '],
      ['snapback snapshot cr', 'snapback snapshot create '],
      ['snapback snapshot create --la', 'snapback snapshot create --label '],
      ['snapback snapshot create --type dif', 'snapback snapshot create --type differential '],
      ['snapback snapshot list --output js', 'snapback snapshot list --output json '],
    ]) {
      session.type(`${typed}\t`);
      await session.until(new RegExp(`ready> ${completed}$`));
      // What was typed is taken back. (Ctrl-C may come while the shell still looks at what was completed, and nothing stands there then.)
      session.type(`${TAKE_BACK}${KEYS.enter}`);
      await session.until(/ready> $/);
    }
    session.type('exit 0\r');
    expect(await session.ended).toBe(0);
  });
});

describe('the script of completion', () => {
  it.each(['zsh', 'fish', 'bash'])('for %s is printed, and is one where that shell is there', async (shell) => {
    const { code, out, err } = await snapback.run(['completion', shell]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('snapback complete');
    const file = join(snapback.home, `completion.${shell}`);
    await writeFile(file, out);
    const checked = spawnSync(shell, ['-n', file]);
    expect(checked.error === undefined ? checked.stderr.toString() : '').toBe('');
  });

  it('is refused for a shell that nobody knows', async () => {
    const { code, out, err } = await snapback.run(['completion', 'tcsh']);
    expect([code, out, err]).toEqual([2, '', expect.stringContaining('Allowed choices are zsh, bash, fish')]);
  });
});

import { directoryBytes } from '../machine/directory-bytes.js';
import { runProgram } from '../machine/program.js';

/** A repository in a directory that a program is told of by its environment. */
export class PeerRepository {
  /** `command`: the program, and what it is always told. */
  protected constructor(
    private readonly command: readonly [program: string, ...always: string[]],
    private readonly path: string,
    /** What a command has to be run with. Secret: it has the password. */
    readonly env: Record<string, string>,
    private readonly signal: AbortSignal,
  ) {}

  async run(args: readonly string[]): Promise<void> {
    await this.output(args);
  }

  /** What it prints. */
  output(args: readonly string[]): Promise<string> {
    const [program, ...always] = this.command;
    return runProgram(program, [...always, ...args], { signal: this.signal, env: this.env });
  }

  storedBytes(): Promise<number> {
    return directoryBytes(this.path);
  }
}

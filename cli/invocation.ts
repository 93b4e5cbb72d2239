import { Printer } from './output/printer.js';
import type { Format } from './output/printer.js';
import { Terminal } from './output/terminal.js';
import { EXIT } from './outcome/exit-codes.js';
import type { ExitCode } from './outcome/exit-codes.js';
import { ProfileStore } from './session/profile-store.js';
import { openSession } from './session/session.js';
import type { Session } from './session/session.js';

/** What every command takes. */
export interface GlobalOptions {
  profile?: string;
  project?: string;
  env?: string;
  output: Format;
  quiet?: boolean;
}

/** One run of the program: who runs it, where it writes, and what it was told. */
export class Invocation {
  readonly terminal: Terminal;
  readonly store: ProfileStore;
  /** What to exit with when the command has done what it was asked for. */
  exitCode: ExitCode = EXIT.done;
  private opened: Promise<Session> | undefined;

  constructor(
    readonly environment: NodeJS.ProcessEnv,
    private readonly globals: () => GlobalOptions,
  ) {
    this.terminal = new Terminal(environment);
    this.store = new ProfileStore(environment);
  }

  get options(): GlobalOptions {
    return this.globals();
  }

  /** The profile that was asked for, by option or variable. */
  get askedProfile(): string | undefined {
    return this.options.profile ?? (this.environment['SNAPBACK_PROFILE'] || undefined);
  }

  get quiet(): boolean {
    return this.options.quiet === true;
  }

  get printer(): Printer {
    return new Printer(this.terminal, this.options.output, this.quiet);
  }

  /** Opened when the first command needs it, and once. */
  session(): Promise<Session> {
    const { environment, store, askedProfile: profile } = this;
    this.opened ??= openSession({ environment, store, profile });
    return this.opened;
  }
}

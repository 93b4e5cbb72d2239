import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { python } from '../../scripts/toolchains/tools.js';

export const PYTHON_SDK = join(import.meta.dirname, '..', '..', 'sdk', 'python');

export interface Ended {
  code: number | null;
  output: string;
}

/** A directory of its own with a wheel of the SDK, installed into a fresh virtual environment beside what its checks need. */
export class PythonEnvironment {
  private constructor(readonly directory: string) {}

  static async make(): Promise<PythonEnvironment> {
    const environment = new PythonEnvironment(await mkdtemp(join(tmpdir(), 'snapback-python-')));
    try {
      const { directory } = environment;
      await environment.well(python(), '-m', 'venv', join(directory, 'venv'));
      await environment.well(...environment.pip, 'wheel', '--no-deps', '--wheel-dir', directory, PYTHON_SDK);
      const wheel = await environment.wheel();
      await environment.well(...environment.pip, 'install', `${wheel}[progress]`, 'mypy', 'pytest', 'trio');
      return environment;
    } catch (error) {
      await environment.remove();
      throw error;
    }
  }

  get python(): string {
    return join(this.directory, 'venv', 'bin', 'python');
  }

  async wheel(): Promise<string> {
    const [wheel] = (await readdir(this.directory)).filter((name) => name.endsWith('.whl'));
    return join(this.directory, wheel ?? 'no wheel was built');
  }

  /** Runs a program in the SDK's directory, and leaves nothing there. */
  run(command: readonly string[], variables: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const [program, ...rest] = command;
    const child = spawn(program!, rest, {
      cwd: PYTHON_SDK,
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PIP_DISABLE_PIP_VERSION_CHECK: '1', ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (piece: string) => (output += piece));
    }
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, output }));
    });
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  private get pip(): string[] {
    return [this.python, '-m', 'pip', '--quiet'];
  }

  private async well(...command: string[]): Promise<void> {
    const { code, output } = await this.run(command);
    if (code !== 0) throw new Error(`${command.join(' ')} has ended with ${code}:\n${output}`);
  }
}

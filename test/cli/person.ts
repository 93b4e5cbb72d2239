import { readFile, writeFile } from 'node:fs/promises';
import { waitUntil } from '../e2e/wait-until.js';
import { CommandLine, ended } from './command-line.js';
import type { Ran } from './command-line.js';
import { OpenIdProvider } from './openid-provider.js';
import type { ProviderOptions } from './openid-provider.js';

/** Somebody with a home directory of their own, whom a provider of their own knows. */
export class Person {
  private constructor(
    readonly snapback: CommandLine,
    readonly provider: OpenIdProvider,
  ) {}

  static async come(options: ProviderOptions = {}): Promise<Person> {
    return new Person(await CommandLine.open(), await OpenIdProvider.start(options));
  }

  /** By device code, without a terminal; the code is entered as soon as it is shown. */
  async logIn(url: string, ...options: readonly string[]): Promise<Ran> {
    const child = this.snapback.start(['login', url, ...this.provider.login, ...options]);
    let err = '';
    child.stderr!.on('data', (bytes: Buffer) => (err += bytes.toString()));
    const ran = ended(child);
    const [, code] = await waitUntil('the code is shown', () => /enter the code (\S+)\n/.exec(err));
    this.provider.decide(code!, 'approved');
    return ran;
  }

  /** So much time passes that the access token has expired. */
  async growOld(): Promise<void> {
    const file = JSON.parse(await readFile(this.snapback.profiles, 'utf8'));
    file.profiles.default.tokens.expiresAt = Date.now();
    await writeFile(this.snapback.profiles, JSON.stringify(file));
  }

  async refreshToken(): Promise<string> {
    return JSON.parse(await readFile(this.snapback.profiles, 'utf8')).profiles.default.tokens.refresh;
  }

  async leave(): Promise<void> {
    await Promise.all([this.snapback.remove(), this.provider.close()]);
  }
}

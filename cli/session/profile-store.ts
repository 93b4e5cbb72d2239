import { join } from 'node:path';
import envPaths from 'env-paths';
import { usage } from '../outcome/outcome-error.js';
import { alone } from './alone.js';
import { systemKeyring } from './keyring.js';
import type { Keyring } from './keyring.js';
import { PROFILE_NAME } from './profile.js';
import type { Profile, ProfilesFile, Tokens } from './profile.js';
import { readProfiles, writeProfiles } from './profiles-file.js';

/** The profiles of who runs this, and their tokens. */
export class ProfileStore {
  private keyring: Promise<Keyring | undefined> | undefined;

  constructor(
    private readonly environment: NodeJS.ProcessEnv,
    readonly path: string = environment['SNAPBACK_PROFILES'] ??
      join(envPaths('snapback', { suffix: '' }).config, 'profiles.json'),
  ) {}

  read(): Promise<ProfilesFile> {
    return readProfiles(this.path);
  }

  /** Undefined when there is no such profile. */
  async find(name: string): Promise<Profile | undefined> {
    return (await this.read()).profiles[name];
  }

  /** Does the work while no other process changes the profiles; the work itself calls nothing here that changes them, but `renew`. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    return alone(this.path, work);
  }

  /** Makes it the current one; says where its tokens are kept. */
  async save(name: string, profile: Profile, tokens: Tokens): Promise<'keyring' | 'file'> {
    requireName(name);
    return this.alone(async () => {
      const file = await this.read();
      const place = await this.keep(name, tokens);
      const kept = place === 'keyring' ? { tokensIn: 'keyring' as const } : { tokens };
      const profiles = { ...file.profiles, [name]: { ...profile, ...kept } };
      await writeProfiles(this.path, { ...file, current: name, profiles });
      return place;
    });
  }

  /** Fresh tokens of a profile that is there. Only `alone`. */
  async renew(name: string, tokens: Tokens): Promise<void> {
    const file = await this.read();
    const profile = file.profiles[name];
    if (profile === undefined) return;
    const { tokens: _, tokensIn: __, ...rest } = profile;
    const kept = (await this.keep(name, tokens)) === 'keyring' ? { tokensIn: 'keyring' as const } : { tokens };
    await writeProfiles(this.path, { ...file, profiles: { ...file.profiles, [name]: { ...rest, ...kept } } });
  }

  /** Of a profile that is there; undefined when the keyring has lost them. */
  async tokensOf(name: string): Promise<Tokens | undefined> {
    const profile = (await this.read()).profiles[name];
    if (profile?.tokensIn !== 'keyring') return profile?.tokens;
    const text = (await this.openKeyring())?.get(name);
    return text === undefined ? undefined : tokensIn(text);
  }

  /** Changes what commands are about. */
  async setContext(name: string, context: Profile['context']): Promise<void> {
    await this.change((file) => {
      const profile = file.profiles[name];
      if (profile === undefined) throw unknownProfile(name, file);
      return { ...file, profiles: { ...file.profiles, [name]: { ...profile, context } } };
    });
  }

  async use(name: string): Promise<void> {
    await this.change((file) => {
      if (!(name in file.profiles)) throw unknownProfile(name, file);
      return { ...file, current: name };
    });
  }

  /** The profile and its tokens; whether there was one. */
  async remove(name: string): Promise<boolean> {
    return this.alone(async () => {
      const file = await this.read();
      const { [name]: gone, ...profiles } = file.profiles;
      if (gone === undefined) return false;
      if (gone.tokensIn === 'keyring') (await this.openKeyring())?.remove(name);
      const [next] = Object.keys(profiles);
      const { current, ...rest } = file;
      const stays = current === name ? next : current;
      await writeProfiles(this.path, { ...rest, ...(stays !== undefined && { current: stays }), profiles });
      return true;
    });
  }

  private change(changed: (file: ProfilesFile) => ProfilesFile): Promise<void> {
    return this.alone(async () => writeProfiles(this.path, changed(await this.read())));
  }

  private async keep(name: string, tokens: Tokens): Promise<'keyring' | 'file'> {
    return (await this.openKeyring())?.put(name, JSON.stringify(tokens)) === true ? 'keyring' : 'file';
  }

  private openKeyring(): Promise<Keyring | undefined> {
    this.keyring ??= systemKeyring(this.environment);
    return this.keyring;
  }
}

/** Undefined when it is not what `keep` has put there. */
function tokensIn(text: string): Tokens | undefined {
  try {
    const tokens: unknown = JSON.parse(text);
    return typeof (tokens as Tokens | null)?.access === 'string' ? (tokens as Tokens) : undefined;
  } catch {
    return undefined;
  }
}

export function unknownProfile(name: string, { profiles }: ProfilesFile): Error {
  const names = Object.keys(profiles);
  return usage(
    names.length === 0
      ? `There is no profile ${name}, nor any other; log in first: snapback login URL`
      : `There is no profile ${name}; there is ${names.join(', ')}.`,
  );
}

function requireName(name: string): void {
  if (!PROFILE_NAME.test(name))
    throw usage('A profile is called by letters, digits, dots, dashes and underscores, at most 64.');
}

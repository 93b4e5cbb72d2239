import { existsSync } from 'node:fs';

const SERVICE = 'snapback';

/** Keeps a text under a name. */
export interface Keyring {
  /** Whether it is kept: read back, it was the same. */
  put(name: string, text: string): boolean;
  get(name: string): string | undefined;
  remove(name: string): void;
}

/**
 * The keyring of the system; undefined where there is none: its package is not installed (it is optional), or nobody is logged in to a desktop.
 * `SNAPBACK_KEYRING=off` passes it by.
 */
export async function systemKeyring(environment: NodeJS.ProcessEnv): Promise<Keyring | undefined> {
  if (environment['SNAPBACK_KEYRING'] === 'off' || !hasKeeper(environment)) return undefined;
  const library = await import('@napi-rs/keyring').catch(() => undefined);
  if (library === undefined) return undefined;
  const entry = (name: string) => new library.Entry(SERVICE, name);
  return {
    put: (name, text) => {
      try {
        entry(name).setPassword(text);
        return entry(name).getPassword() === text;
      } catch {
        return false;
      }
    },
    get: (name) => {
      try {
        return entry(name).getPassword() ?? undefined;
      } catch {
        return undefined;
      }
    },
    remove: (name) => {
      try {
        entry(name).deletePassword();
      } catch {
        // It was not there.
      }
    },
  };
}

/** On Linux the library falls back to the kernel's keys, which are gone with the session: without a desktop's bus the file is the better place. */
function hasKeeper({ DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: runtime }: NodeJS.ProcessEnv): boolean {
  if (process.platform !== 'linux') return true;
  return (address !== undefined && address !== '') || (runtime !== undefined && existsSync(`${runtime}/bus`));
}

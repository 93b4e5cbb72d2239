import { describe, expect, it } from 'vitest';
import { toWriteError } from './storage-error.js';
import { VaultError } from './vault-error.js';

const systemError = (code: string) => Object.assign(new Error(`${code}: write`), { code, syscall: 'write' });

describe('a failure while the vault is written', () => {
  it.each([
    ['ENOSPC', 'disk-full'],
    ['EDQUOT', 'disk-full'],
    ['EACCES', 'vault-unwritable'],
    ['EROFS', 'vault-unwritable'],
    ['EIO', 'vault-unwritable'],
  ])('of kind %s is %s, names the directory and keeps the cause', (errno, code) => {
    const cause = systemError(errno);
    const error = toWriteError('/data/vault', cause);
    expect(error).toBeInstanceOf(VaultError);
    expect(error).toMatchObject({ code, cause, message: expect.stringContaining('/data/vault') });
  });

  it('that is not the operating system’s stays as it is', () => {
    for (const error of [new VaultError('chunk-missing', 'gone'), new TypeError('wrong'), 'a string']) {
      expect(toWriteError('/data/vault', error)).toBe(error);
    }
  });
});

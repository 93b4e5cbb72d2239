import { expect, it } from 'vitest';
import { BackendError } from '../vault/backend/backend-error.js';
import { CatalogueError } from '../vault/catalogue/catalogue-error.js';
import { KeyError } from '../vault/keys/key-error.js';
import { VaultError } from '../vault/vault-error.js';
import { vaultTrouble } from './vault-trouble.js';

it.each([
  ['a lost manifest', new VaultError('manifest-missing', 'x'), 'snapshot-damaged'],
  ['a damaged chunk', new VaultError('chunk-damaged', 'x'), 'snapshot-damaged'],
  ['a vault that cannot be read', new VaultError('vault-unreadable', 'x'), 'service-unavailable'],
  ['a store that is away', new BackendError('unavailable', 'x'), 'service-unavailable'],
  ['a catalogue that is being rebuilt', new CatalogueError('rebuilding', 'x'), 'service-unavailable'],
  ['a key that is not there', new KeyError('key-file-missing', 'x'), 'service-unavailable'],
])('tells of %s', (_, error, code) => {
  expect(vaultTrouble(error, 'a')).toMatchObject({ code });
});

it('leaves everything else as it is', () => {
  const error = new Error('a mistake');
  expect(vaultTrouble(error, 'a')).toBe(error);
});

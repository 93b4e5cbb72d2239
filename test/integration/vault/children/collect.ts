// Collects one vault's garbage, however young. Argument: root.
import { LocalVault } from '../../../../src/vault/local-vault.js';
import { never, PROJECT } from '../vault-fixture.js';

const vault = new LocalVault({ root: process.argv[2] ?? '', graceMs: 0 });
console.log('begun');
await vault.collect(PROJECT, { signal: never });
console.log('collected');

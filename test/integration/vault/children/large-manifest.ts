// Writes and reads a manifest of many files, in a heap too small to hold its entries. Arguments: root, entries.
import { LocalVault } from '../../../../src/vault/local-vault.js';
import { fileEntry, headerOf, noise, PROJECT, streamOf } from '../vault-fixture.js';

const [root = '', entries = ''] = process.argv.slice(2);
const vault = new LocalVault({ root });
const capture = await vault.beginCapture(PROJECT, headerOf('large'));
const content = await capture.store(streamOf(noise(1000)));
for (let at = 0; at < Number(entries); at++) await capture.add(fileEntry(`some/directory/file-${at}`, content));
const written = await capture.publish();
let read = 0;
for await (const entry of vault.readEntries(PROJECT, 'large')) {
  if (entry.kind === 'file' && entry.path === `utf8:some/directory/file-${read}`) read += 1;
}
console.log(JSON.stringify({ written: written.entries, read }));

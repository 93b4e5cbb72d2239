// Takes one snapshot of many small files and says what it is doing. Arguments: root, snapshot id, number of files,
// and `hang` to stop in the middle of the last one for ever.
import { LocalVault } from '../../../../src/vault/local-vault.js';
import { fileEntry, headerOf, noise, PROJECT, streamOf } from '../vault-fixture.js';

const [root = '', snapshotId = '', files = '', end = ''] = process.argv.slice(2);

async function* endless(): AsyncGenerator<Buffer> {
  for (;;) {
    yield noise(100_000);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const capture = await new LocalVault({ root }).beginCapture(PROJECT, headerOf(snapshotId));
console.log('begun');
const numbers = Array.from({ length: Number(files) }, (_, at) => at);
await Promise.all(
  numbers.map(async (at) => capture.add(fileEntry(`file-${at}`, await capture.store(streamOf(noise(2000 + at)))))),
);
console.log('stored');
if (end === 'hang') await capture.store(endless());
await capture.publish();
console.log('published');

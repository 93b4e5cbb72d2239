import { LocalBackend } from '../../../src/vault/backend/local/local-backend.js';

const [, , directory = '', bytes = '0'] = process.argv;
const total = Number(bytes);
const backend = await LocalBackend.open(directory);

/** Stores objects one after the other, slowly enough to be killed in the middle of each. */
for (let at = 0; ; at += 1) {
  const open = async function* () {
    for (let sent = 0; sent < total; sent += total / 8) {
      if (sent === total / 2) console.log('half');
      yield Buffer.alloc(total / 8, at % 251);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  await backend.put(`objects/${at}`, { bytes: total, open });
  console.log(`stored ${at}`);
}

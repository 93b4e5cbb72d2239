import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnvironmentOptions } from '../environment/options.js';
import { openSource } from '../environment/source.js';
import { runInterruptible } from '../machine/interruptible.js';
import { installPeers } from '../peers/install-peers.js';
import { peerVersions } from '../peers/peer-versions.js';
import { writeResults } from '../results.js';
import { compareSnapshots } from './compare-snapshots.js';
import { browseFolder } from './browse-folder.js';

/** In one folder. */
const FILES = 1_000_000;

/**
 * Looking into snapshots through the API, beside restic's `ls` and `diff` on the same files. `--files N` in the folder that is looked into; the environment
 * that is compared is the standard one. Writes `bench/results/contents.json` for the standard numbers.
 */
export async function runContentsBench(args: readonly string[]): Promise<void> {
  const options = parseEnvironmentOptions(args.includes('--files') ? args : [...args, '--files', String(FILES)]);
  await runInterruptible('contents', async (workDirectory, signal) => {
    await installPeers(signal);
    const source = await openSource({ ...options, files: 20_000 }, workDirectory, signal);
    const browsing = join(workDirectory, 'browsing');
    await mkdir(browsing);
    const cases = [
      ...(await browseFolder(browsing, options.files, signal)),
      ...(await compareSnapshots(join(workDirectory, 'comparing'), source, signal)),
    ];
    console.table(cases);
    const isStandard = options.files === FILES && options.scale === 1;
    if (isStandard) await writeResults('contents', 1, cases, { peers: await peerVersions(['restic'], signal) });
  });
}

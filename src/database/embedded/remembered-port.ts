import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILE = 'port';

/** The port of the last start, so that addresses people have written down stay true; undefined the first time. */
export async function readRememberedPort(directory: string): Promise<number | undefined> {
  const text = await readFile(join(directory, FILE), 'utf8').catch(() => '');
  return /^\d{1,5}\n$/.test(text) ? Number(text) : undefined;
}

/** Only a convenience: that it cannot be written stops nothing. */
export async function rememberPort(directory: string, port: number): Promise<void> {
  await writeFile(join(directory, FILE), `${port}\n`).catch(() => undefined);
}

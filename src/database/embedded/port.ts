import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AddressInfo, createServer } from 'node:net';

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

/** A TCP port of this machine's loopback address on which nobody listens at this moment: the preferred one, if it is one. */
export async function freePort(preferred = 0): Promise<number> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(preferred, '127.0.0.1', resolve);
    });
  } catch (error) {
    if (preferred === 0) throw error;
    return freePort();
  }
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

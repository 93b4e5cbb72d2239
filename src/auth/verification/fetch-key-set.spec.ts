import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { fetchKeySet } from './fetch-key-set.js';

it('comes to an end with a provider that speaks something else from now on', async () => {
  const words = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
  const server = createServer((socket) =>
    socket
      .on('error', () => undefined)
      .resume()
      .write(words),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const keys = fetchKeySet(`http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`);
  await expect(Promise.race([keys, sleep(3000)])).rejects.toThrow('without an answer');
});

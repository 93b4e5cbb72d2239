import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  port: number;
  close(): Promise<void>;
}

/**
 * Stands between a client and a server on this machine and breaks a connection when its client sends
 * a text: before the server has seen it, or a moment after.
 */
export async function startTcpProxy(target: number, breakAt: { text: string; delivered: boolean }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    upstream.pipe(client);
    client.on('data', (bytes) => {
      if (!bytes.includes(breakAt.text)) return void upstream.write(bytes);
      if (!breakAt.delivered) return void client.destroy();
      upstream.unpipe(client);
      upstream.write(bytes);
      // The server's answer arrives, but not at the client.
      upstream.once('data', () => client.destroy()).resume();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

// Who watches: a process of its own, so that its work is not taken for the service's.
import { Agent, get } from 'node:http';

export interface WatchersRequest {
  /** One stream each. */
  streams: { url: string; token: string }[];
}

export interface WatchersReport {
  open: number;
  ended: number;
  heartbeats: number;
  /** From the moment an event says to its arrival, in milliseconds, since the last report. */
  delays: number[];
}

/** Streams that are being opened at a time. */
const OPENING = 40;

const report: WatchersReport = { open: 0, ended: 0, heartbeats: 0, delays: [] };
const agent = new Agent({ keepAlive: false, maxSockets: Infinity });

function open({ url, token }: WatchersRequest['streams'][number]): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, headers: { authorization: `Bearer ${token}` } }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`${url} answered ${response.statusCode}.`));
      report.open += 1;
      let rest = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        const blocks = (rest + text).split('\n\n');
        rest = blocks.pop() ?? '';
        blocks.forEach(receive);
      });
      response.once('close', () => (report.ended += 1));
      resolve();
    });
    request.once('error', reject);
  });
}

function receive(block: string): void {
  if (block.startsWith(': ')) report.heartbeats += 1;
  const sentAt = /"at":"([^"]+)"/.exec(block)?.[1];
  if (sentAt !== undefined) report.delays.push(Date.now() - Date.parse(sentAt));
}

process.on('message', async (message: WatchersRequest | 'report') => {
  if (message === 'report') {
    process.send?.(report);
    report.delays = [];
    return;
  }
  const waiting = message.streams.values();
  const opener = async () => {
    for (const stream of waiting) await open(stream);
  };
  await Promise.all(Array.from({ length: OPENING }, opener));
  process.send?.('open');
});

import { EventEmitter } from 'node:events';
import { array, assert, asyncProperty, integer, string, uint8Array } from 'fast-check';
import type { Client, Connection, Submittable } from 'pg';
import { describe, expect, it } from 'vitest';
import { copyInto } from './copy-into.js';

/** A socket that somebody feeds, as far as a COPY uses one. */
class Socket extends EventEmitter {
  private waiting: Buffer[] = [];
  private isPaused = false;

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    while (!this.isPaused && this.waiting.length > 0) this.emit('data', this.waiting.shift());
  }

  feed(bytes: Buffer): void {
    this.waiting.push(bytes);
    if (!this.isPaused) this.resume();
  }

  destroy(): void {
    this.waiting = [];
  }
}

function message(kind: string, body: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.write(kind, 'latin1');
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** Rooms of some bytes, of which each second one comes later. */
class Rooms {
  readonly parts: Buffer[] = [];
  private current = Buffer.alloc(0);
  private count = 0;

  constructor(private readonly bytes: number) {}

  room(): Buffer | Promise<Buffer> {
    if (this.current.length > 0) return this.current;
    this.count += 1;
    this.current = Buffer.alloc(this.bytes);
    const { current } = this;
    return this.count % 2 === 0 ? new Promise((resolve) => setImmediate(() => resolve(current))) : current;
  }

  took(count: number): void {
    this.parts.push(this.current.subarray(0, count));
    this.current = this.current.subarray(count);
  }
}

/** Runs one over a socket that brings these bytes; what is not the copy's comes to the driver. */
async function run(
  sent: readonly Buffer[],
  rooms: Rooms,
  rowCount: number,
): Promise<{ rows: number; drivers: Buffer }> {
  const socket = new Socket();
  const drivers: Buffer[] = [];
  let query: Submittable & { handleCommandComplete(message: object): void; handleReadyForQuery(): void };
  socket.on('data', (bytes: Buffer) => {
    drivers.push(bytes);
    if (!Buffer.concat(drivers).includes('Z')) return;
    query.handleCommandComplete({ text: `COPY ${rowCount}` });
    query.handleReadyForQuery();
  });
  const client = {
    query: (submitted: typeof query) => {
      query = submitted;
      query.submit({ stream: socket, query: () => undefined } as unknown as Connection);
    },
  } as unknown as Client;
  const copied = copyInto(client, 'COPY t TO STDOUT', rooms);
  for (const bytes of sent) socket.feed(bytes);
  return { rows: await copied, drivers: Buffer.concat(drivers) };
}

describe('rows of a COPY', () => {
  it('are what is in the messages, however these come and however little room there is at a time', async () => {
    await assert(
      asyncProperty(
        array(uint8Array({ maxLength: 40 }), { maxLength: 20 }),
        array(integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 }),
        integer({ min: 1, max: 64 }),
        string({ maxLength: 10 }),
        async (rows, lengths, roomBytes, notice) => {
          const end = Buffer.concat([message('c', Buffer.alloc(0)), message('Z', Buffer.from('I'))]);
          const all = Buffer.concat([
            message('H', Buffer.from([0, 0, 0])),
            ...rows.flatMap((row) => [message('d', row), message('N', Buffer.from(notice))]),
            end,
          ]);
          const sent: Buffer[] = [];
          for (let at = 0, turn = 0; at < all.length; turn += 1) {
            const length = lengths[turn % lengths.length]!;
            sent.push(all.subarray(at, at + length));
            at += length;
          }
          const rooms = new Rooms(roomBytes);
          const { rows: counted, drivers } = await run(sent, rooms, rows.length);
          expect(Buffer.concat(rooms.parts)).toEqual(Buffer.concat(rows));
          expect(counted).toBe(rows.length);
          expect(drivers).toEqual(end);
        },
      ),
    );
  });
});

import type { ServerResponse } from 'node:http';

const HEADERS = {
  'Content-Type': 'text/event-stream',
  // Neither a cache nor a proxy that packs things may hold an event back.
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
};

/** One server-sent event. `data` is one line of JSON. */
export interface ServerSentEvent {
  event: string;
  id: string;
  data: string;
}

/**
 * A response to which server-sent events are written. Not Nest's `@Sse`, which keeps the whole way of a request, three
 * observables and a stream of its own in memory for each: twice as much, with thousands of them.
 *
 * It begins with its first event. A client that does not read what was written is cut off.
 */
export class EventStream {
  constructor(
    private readonly response: ServerResponse,
    /** How much may wait for the client, in bytes. */
    private readonly mostUnread: number,
  ) {}

  get begun(): boolean {
    return this.response.headersSent;
  }

  get closed(): boolean {
    return this.response.destroyed || this.response.writableEnded;
  }

  send({ event, id, data }: ServerSentEvent): void {
    this.write(`event: ${event}\nid: ${id}\ndata: ${data}\n\n`);
  }

  /** A line that clients pass over, which tells them and everybody in between that the stream is alive. */
  comment(text: string): void {
    this.write(`: ${text}\n\n`);
  }

  end(): void {
    if (!this.closed) this.response.end();
  }

  /** Called once when the connection is gone, whoever closed it; at once when it is already. */
  onceClosed(callback: () => void): void {
    if (this.response.destroyed) callback();
    else this.response.once('close', callback);
  }

  private write(text: string): void {
    if (this.closed) return;
    if (!this.begun) this.begin();
    this.response.write(text);
    if (this.response.writableLength > this.mostUnread) this.response.destroy();
  }

  private begin(): void {
    const { response } = this;
    response.socket?.setKeepAlive(true);
    response.writeHead(200, HEADERS);
  }
}

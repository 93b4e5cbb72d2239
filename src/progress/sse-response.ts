import type { ServerResponse } from 'node:http';

const LAST_WORDS_MS = 10_000;

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

/** Answers who asks for the head of a stream alone. */
export function answerHead(response: ServerResponse): void {
  response.writeHead(200, HEADERS).end();
}

/**
 * A response to which server-sent events are written. Not Nest's `@Sse`, which keeps the whole way of a request, three
 * observables and a stream of its own in memory for each: twice as much, with thousands of them.
 *
 * It begins with its first event, or before there is one with `begin`. A client that does not read what was written is cut off.
 */
export class EventStream {
  constructor(
    private readonly response: ServerResponse,
    /** How much may wait for the client, in bytes. */
    private readonly mostUnread: number,
    /** How long the client may take to read what is left after the end. */
    private readonly lastWordsMs = LAST_WORDS_MS,
  ) {}

  get begun(): boolean {
    return this.response.headersSent;
  }

  get closed(): boolean {
    return this.response.destroyed || this.response.writableEnded;
  }

  /** Tells the client that there is a stream; from then on it cannot be told otherwise. */
  begin(): void {
    const { response } = this;
    if (this.begun || this.closed) return;
    response.socket?.setKeepAlive(true);
    response.writeHead(200, HEADERS);
    response.flushHeaders();
  }

  send({ event, id, data }: ServerSentEvent): void {
    this.write(`event: ${event}\nid: ${id}\ndata: ${data}\n\n`);
  }

  /** A line that clients pass over, which tells them and everybody in between that the stream is alive. */
  comment(text: string): void {
    this.write(`: ${text}\n\n`);
  }

  /** Closes the connection too when the client does not take what is left. */
  end(): void {
    if (this.closed) return;
    const { response } = this;
    response.end();
    const patience = setTimeout(() => response.destroy(), this.lastWordsMs).unref();
    response.once('close', () => clearTimeout(patience));
  }

  /** Called once when the connection is gone, whoever closed it; at once when it is already. */
  onceClosed(callback: () => void): void {
    if (this.response.destroyed) callback();
    else this.response.once('close', callback);
  }

  private write(text: string): void {
    if (this.closed) return;
    this.begin();
    this.response.write(text);
    if (this.response.writableLength > this.mostUnread) this.response.destroy();
  }
}

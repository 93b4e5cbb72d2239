import type { Caller } from '../auth/caller.js';
import type { EventStream } from './sse-response.js';
import type { ProgressLog, RecordedProgress } from './progress-log.js';

export interface StreamRequest<T> {
  /** The name of the server-sent event. */
  event: string;
  subjectId: string;
  /** The id of the last event the client has; the stream goes on after it. */
  lastEventId: string | undefined;
  /** Who watches; the stream ends when the caller's token does. */
  caller: Caller;
  /** The present state, for a subject whose events are gone. Rejects when the subject itself is gone. */
  present: () => Promise<T>;
}

export interface FinalState {
  final: boolean;
}

/** An event as it is sent, made once for all who watch. */
export interface FeedEvent {
  id: bigint;
  json: string;
  final: boolean;
}

export function toFeedEvent({ id, data }: RecordedProgress<FinalState>): FeedEvent {
  return { id: BigInt(id), json: JSON.stringify(data), final: data.final };
}

const TOKEN_EXPIRED = JSON.stringify({
  code: 'token-expired',
  message: 'The token has expired; open the stream again with a fresh one to go on.',
});

/** One open stream: how far it is, and the client it writes to. There may be thousands, so it holds little. */
export class ProgressStream {
  /** Whether it has all that was recorded before, so that it takes what the feed reads. */
  private isLive = false;
  /** Id of the last event it has sent, or that its client has. */
  private sent: bigint | undefined;
  private heartbeatAt: number;
  private readonly expiresAt: number;

  constructor(
    private readonly request: StreamRequest<FinalState>,
    private readonly client: EventStream,
    /** Told what became of its beginning: whether the client has its first event, or why there is none. */
    private readonly began: (error?: unknown) => void,
    private readonly heartbeatMs: number,
  ) {
    this.sent = request.lastEventId === undefined ? undefined : BigInt(request.lastEventId);
    this.expiresAt = request.caller.expiresAt.getTime();
    this.heartbeatAt = Date.now() + heartbeatMs;
  }

  get subjectId(): string {
    return this.request.subjectId;
  }

  get closed(): boolean {
    return this.client.closed;
  }

  get position(): bigint {
    return this.sent ?? 0n;
  }

  get live(): boolean {
    return this.isLive;
  }

  /** From now on it takes what the feed reads. A client that has missed nothing is told only that there is a stream. */
  goLive(): void {
    this.isLive = true;
    this.client.begin();
    this.began();
  }

  present(): Promise<FinalState> {
    return this.request.present();
  }

  /** Sends what was recorded and the client has not had: all of it after a last event, else the newest alone. */
  async catchUp(log: ProgressLog): Promise<void> {
    if (this.sent === undefined) {
      const latest = await log.latest<FinalState>(this.subjectId);
      this.deliver(toFeedEvent(latest ?? { id: '0', data: await this.present() }));
      return;
    }
    while (!this.closed) {
      const events = await log.after<FinalState>(this.subjectId, String(this.position));
      if (events.length === 0) return this.settle(log);
      for (const event of events) this.deliver(toFeedEvent(event));
    }
  }

  /** A client that comes back with the last event of all, or with an id nobody gave it, would otherwise wait for ever. */
  private async settle(log: ProgressLog): Promise<void> {
    const state = await this.present();
    if (state.final) return this.finish(state);
    const latest = await log.latest(this.subjectId);
    const newest = BigInt(latest?.id ?? 0);
    if (newest < this.position) this.sent = newest;
  }

  /** Sends an event that the client has not had yet, and ends after a final one. */
  deliver({ id, json, final }: FeedEvent): void {
    if (this.sent !== undefined && id <= this.sent) return;
    this.sent = id;
    this.send(this.request.event, id, json);
    if (final) this.client.end();
  }

  /** Ends with a final state that no event tells of. */
  finish(state: FinalState): void {
    this.send(this.request.event, this.position, JSON.stringify(state));
    this.client.end();
  }

  /** Ends it, when it has begun: the client comes back for what it has missed, and is told then. */
  fail(error: unknown): void {
    this.began(error);
    if (this.client.begun) this.client.end();
  }

  /** Does what is due: an end when the token has expired, or a sign of life. */
  tick(now: number): void {
    if (now >= this.expiresAt) {
      this.send('token-expired', this.position, TOKEN_EXPIRED);
      this.client.end();
    } else if (now >= this.heartbeatAt && this.client.begun) {
      this.heartbeatAt = Math.max(now, this.heartbeatAt + this.heartbeatMs);
      this.client.comment('heartbeat');
    }
  }

  private send(event: string, id: bigint, data: string): void {
    this.client.send({ event, id: String(id), data });
    this.began();
  }
}

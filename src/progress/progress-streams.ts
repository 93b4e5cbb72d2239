import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { Configuration } from '../config/configuration.js';
import { answerHead, EventStream } from './sse-response.js';
import { ProgressFeed } from './progress-feed.js';
import { ProgressStream } from './progress-stream.js';
import type { FinalState, StreamRequest } from './progress-stream.js';
import { StreamLimits } from './stream-limits.js';

/**
 * How much may wait for a client that does not read, in bytes; beyond that its connection is closed, and
 * it may come back for what it has missed.
 */
const MOST_UNREAD = 256 * 1024;

/** Turns the progress log into server-sent events. Any process can serve any stream. */
@Injectable()
export class ProgressStreams {
  private readonly limits: StreamLimits;
  private readonly heartbeatMs: number;

  constructor(
    configuration: Configuration,
    private readonly feed: ProgressFeed,
  ) {
    this.heartbeatMs = configuration.PROGRESS_HEARTBEAT_SECONDS * 1000;
    this.limits = new StreamLimits({
      caller: configuration.PROGRESS_STREAMS_PER_CALLER,
      organization: configuration.PROGRESS_STREAMS_PER_ORGANIZATION,
      process: configuration.PROGRESS_STREAMS,
    });
  }

  /** Streams that this process serves. */
  get count(): number {
    return this.limits.count;
  }

  /**
   * Answers with a stream that starts with the present state (or what was missed), and ends after the event whose `final` is true, or
   * with `token-expired` when the caller's token expires before. Resolves when the stream has begun, or its client is gone. Rejects
   * before anything was answered, with `too-many-streams` when there are enough.
   */
  async open<T extends FinalState>(request: StreamRequest<T>, response: Response): Promise<void> {
    if (response.req.method === 'HEAD') return answerHead(response);
    const leaveCount = this.limits.enter(request.caller);
    const client = new EventStream(response, MOST_UNREAD);
    await new Promise<void>((resolve, reject) => {
      const began = (error?: unknown) => (error === undefined ? resolve() : reject(error as Error));
      const leaveFeed = this.feed.join(new ProgressStream(request, client, began, this.heartbeatMs));
      client.onceClosed(() => {
        leaveFeed();
        leaveCount();
        resolve();
      });
    });
  }
}

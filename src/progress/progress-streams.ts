import { Injectable } from '@nestjs/common';
import type { MessageEvent } from '@nestjs/common';
import { Observable } from 'rxjs';
import { Configuration } from '../config/configuration.js';
import { ProgressFeed } from './progress-feed.js';
import { ProgressStream } from './progress-stream.js';
import type { FinalState, StreamRequest } from './progress-stream.js';
import { StreamLimits } from './stream-limits.js';

/**
 * How much may wait for a client that does not read, in characters of events; beyond that its connection is closed, and
 * it may come back for what it has missed.
 */
const MOST_UNREAD = 256 * 1024;

/** For the `@Sse` of every progress stream. */
export const PROGRESS_STREAM = { maxPendingDataLength: MOST_UNREAD };

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

  /**
   * Starts with the present state (or what was missed), and completes after the event whose `final` is true, or with
   * `token-expired` when the caller's token expires before. Fails with `too-many-streams` when there are enough.
   */
  open<T extends FinalState>(request: StreamRequest<T>): Observable<MessageEvent> {
    return new Observable((client) => {
      const leaveCount = this.limits.enter(request.caller);
      const leaveFeed = this.feed.join(new ProgressStream(request, client, this.heartbeatMs));
      return () => {
        leaveFeed();
        leaveCount();
      };
    });
  }
}

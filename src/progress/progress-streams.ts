import { Injectable } from '@nestjs/common';
import type { MessageEvent } from '@nestjs/common';
import { Observable, concatMap, defer, from, interval, map, merge, of, startWith, takeWhile } from 'rxjs';
import { Configuration } from '../config/configuration.js';
import { ProgressListener } from './progress-listener.js';
import { ProgressLog } from './progress-log.js';
import type { RecordedProgress } from './progress-log.js';

/** How often a stream looks for new events although nobody announced any. */
const LOOK_MS = 3000;

interface StreamRequest<T> {
  /** The name of the server-sent event. */
  event: string;
  subjectId: string;
  /** The id of the last event the client has; the stream goes on after it. */
  lastEventId: string | undefined;
  /** The present state, for a subject whose events are gone. */
  present: () => Promise<T>;
}

/** Turns the progress log into server-sent events. Any process can serve any stream. */
@Injectable()
export class ProgressStreams {
  constructor(
    private readonly configuration: Configuration,
    private readonly log: ProgressLog,
    private readonly listener: ProgressListener,
  ) {}

  /** Starts with the present state (or what was missed), and completes after the event whose `final` is true. */
  open<T extends { final: boolean }>(request: StreamRequest<T>): Observable<MessageEvent> {
    const events = defer(() => this.events(request)).pipe(
      map(({ id, data }): MessageEvent => ({ type: request.event, id, data })),
      map((message) => ({ message, final: (message.data as T).final })),
    );
    const heartbeats = interval(this.configuration.PROGRESS_HEARTBEAT_SECONDS * 1000).pipe(
      map(() => ({ message: { comment: 'heartbeat' } as MessageEvent, final: false })),
    );
    return merge(events, heartbeats).pipe(
      takeWhile(({ final }) => !final, true),
      map(({ message }) => message),
    );
  }

  private events<T extends { final: boolean }>(request: StreamRequest<T>): Observable<RecordedProgress<T>> {
    let last = request.lastEventId;
    // concatMap: one look at a time, so that no event is sent twice or out of order.
    return merge(this.listener.of(request.subjectId), interval(LOOK_MS)).pipe(
      startWith(undefined),
      concatMap(() => (last === undefined ? this.first(request) : this.missed<T>(request, last))),
      map((event) => {
        last = event.id;
        return event;
      }),
    );
  }

  private first<T>(request: StreamRequest<T>): Observable<RecordedProgress<T>> {
    return from(this.log.latest<T>(request.subjectId)).pipe(
      concatMap((latest) =>
        latest === null ? from(request.present()).pipe(map((data) => ({ id: '0', data }))) : of(latest),
      ),
    );
  }

  private missed<T extends { final: boolean }>(
    request: StreamRequest<T>,
    last: string,
  ): Observable<RecordedProgress<T>> {
    return from(this.log.after<T>(request.subjectId, last)).pipe(
      concatMap((events) => (events.length > 0 ? from(events) : this.alreadyOver(request, last))),
    );
  }

  /** A client that comes back with the last event of all would otherwise wait for ever. */
  private alreadyOver<T extends { final: boolean }>(
    request: StreamRequest<T>,
    last: string,
  ): Observable<RecordedProgress<T>> {
    return from(request.present()).pipe(
      concatMap((data) => (data.final ? of({ id: last, data }) : from([] as RecordedProgress<T>[]))),
    );
  }
}

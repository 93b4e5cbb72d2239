import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Problem } from '../errors/problem.js';
import { RepeatedTrouble } from '../logging/repeated-trouble.js';
import { forNobody } from '../request-context/request-context.js';
import { ProgressListener } from './progress-listener.js';
import { ProgressLog } from './progress-log.js';
import { toFeedEvent } from './progress-stream.js';
import type { FeedEvent, FinalState, ProgressStream } from './progress-stream.js';

/** How often the feed looks for new events although nobody announced any. */
const LOOK_MS = 3000;
/** Subjects that one look asks for; with more, it asks several times. */
const SUBJECTS_A_LOOK = 500;
/** Subjects of which one look at all of them asks the present state, too. */
const STATES_A_LOOK = 5;
/** How often streams are looked at for what is due: heartbeats, expired tokens. */
const TICK_MS = 500;
/** Streams that are written to before other requests have their turn. */
const STREAMS_A_TURN = 50;

/** A subject that somebody watches. */
interface Channel {
  subjectId: string;
  streams: Set<ProgressStream>;
  /** Id of the last event that was given to the live streams; undefined before there is one. */
  seen: bigint | undefined;
}

/**
 * The one who reads the progress log for all open streams of a process. However many they are, there is one statement at
 * a time, for the subjects that were announced, or for all every three seconds; each event is read and written as
 * text once. What a stream has missed before it came, it reads by itself.
 */
@Injectable()
export class ProgressFeed implements OnApplicationShutdown {
  private readonly logger = new Logger(ProgressFeed.name);
  private readonly trouble = new RepeatedTrouble(this.logger, 'Progress cannot be read, and open streams wait');
  private readonly channels = new Map<string, Channel>();
  private readonly due = new Set<Channel>();
  private timers: NodeJS.Timeout[] = [];
  private looking = false;
  private ticking = false;

  constructor(
    private readonly log: ProgressLog,
    listener: ProgressListener,
  ) {
    listener.announced.subscribe((subjectId) => this.wake(this.channels.get(subjectId)));
  }

  /** Feeds a stream until it is closed, which is told by calling what is returned. */
  join(stream: ProgressStream): () => void {
    const { subjectId } = stream;
    const channel = this.channels.get(subjectId) ?? { subjectId, streams: new Set(), seen: undefined };
    this.channels.set(subjectId, channel);
    channel.streams.add(stream);
    if (this.timers.length === 0) this.startTimers();
    this.bringUp(stream, channel).catch((error: unknown) => stream.fail(error));
    return () => this.leave(stream, channel);
  }

  onApplicationShutdown(): void {
    this.stopTimers();
    this.channels.clear();
    this.due.clear();
  }

  private leave(stream: ProgressStream, channel: Channel): void {
    channel.streams.delete(stream);
    if (channel.streams.size > 0 || this.channels.get(channel.subjectId) !== channel) return;
    this.channels.delete(channel.subjectId);
    this.due.delete(channel);
    if (this.channels.size === 0) this.stopTimers();
  }

  /** Until it has what was recorded; what the live streams were given meanwhile, it reads as well. */
  private async bringUp(stream: ProgressStream, channel: Channel): Promise<void> {
    let seen: bigint | undefined;
    do {
      seen = channel.seen;
      await stream.catchUp(this.log);
    } while (!stream.closed && channel.seen !== seen && stream.position < (channel.seen ?? 0n));
    if (stream.closed) return;
    channel.seen ??= stream.position;
    stream.goLive();
    // Something may have been announced before there was anybody to give it to.
    this.wake(channel);
  }

  private wake(channel: Channel | undefined): void {
    if (channel?.seen === undefined) return;
    this.due.add(channel);
    void this.look();
  }

  private async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    try {
      while (this.due.size > 0) {
        const channels = [...this.due].slice(0, SUBJECTS_A_LOOK);
        for (const channel of channels) this.due.delete(channel);
        await this.read(channels);
      }
      this.trouble.wentWell();
    } catch (error) {
      // Streams stay open: the next look reads what was missed.
      this.trouble.came(error);
    } finally {
      this.looking = false;
    }
  }

  /** Gives the live streams of these channels what is new. */
  private async read(channels: readonly Channel[]): Promise<void> {
    const news = await this.log.news<FinalState>(
      channels.map(({ subjectId, seen }) => [subjectId, String(seen ?? 0n)]),
    );
    for (const row of news.events) {
      const channel = this.channels.get(row.subjectId);
      const event = toFeedEvent(row);
      if (channel === undefined || event.id <= (channel.seen ?? 0n)) continue;
      // First: a stream that becomes live from now on must have this one.
      channel.seen = event.id;
      await this.give(channel, event);
    }
    for (const subjectId of news.unfinished) {
      const channel = this.channels.get(subjectId);
      if (channel !== undefined) this.due.add(channel);
    }
  }

  private give(channel: Channel, event: FeedEvent): Promise<void> {
    return inTurns(channel.streams, (stream) => {
      if (stream.live) stream.deliver(event);
    });
  }

  private startTimers(): void {
    const tick = () => {
      this.tick().catch((error: unknown) => this.logger.error({ err: error }, 'Open streams could not be looked at.'));
    };
    // They go on for whoever comes after the one who comes now.
    this.timers = forNobody(() => [setInterval(() => void this.lookAtAll(), LOOK_MS), setInterval(tick, TICK_MS)]);
    for (const timer of this.timers) timer.unref();
  }

  private stopTimers(): void {
    for (const timer of this.timers) clearInterval(timer);
    this.timers = [];
  }

  private async lookAtAll(): Promise<void> {
    for (const channel of this.channels.values()) if (channel.seen !== undefined) this.due.add(channel);
    await this.look();
    for (const channel of [...this.channels.values()].slice(0, STATES_A_LOOK)) {
      // To the end of the line, so that each has its turn.
      this.channels.delete(channel.subjectId);
      this.channels.set(channel.subjectId, channel);
      await this.askState(channel);
    }
  }

  /** Ends streams whose subject has ended or is gone without an event: nothing would ever tell them. */
  private async askState(channel: Channel): Promise<void> {
    const [one] = [...channel.streams].filter(({ live }) => live);
    if (one === undefined) return;
    try {
      const state = await one.present();
      if (!state.final) return;
      await this.read([channel]);
      await inTurns(channel.streams, (stream) => {
        if (stream.live) stream.finish(state);
      });
    } catch (error) {
      if (error instanceof Problem) await inTurns(channel.streams, (stream) => stream.fail(error));
    }
  }

  private async tick(): Promise<void> {
    if (this.ticking) return;
    this.ticking = true;
    try {
      for (const { streams } of [...this.channels.values()]) {
        await inTurns(streams, (stream) => stream.tick(Date.now()));
      }
    } finally {
      this.ticking = false;
    }
  }
}

/** Does something with each stream that is still open, and lets other requests have their turn in between. */
async function inTurns(streams: ReadonlySet<ProgressStream>, act: (stream: ProgressStream) => void): Promise<void> {
  let count = 0;
  for (const stream of [...streams]) {
    if (!stream.closed) act(stream);
    count += 1;
    if (count % STREAMS_A_TURN === 0) await nextTurn();
  }
}

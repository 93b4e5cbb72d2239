import type { Fault } from './faults.js';

const END_OF_EVENT = '\n\n';

/**
 * Takes a stream of events in whatever pieces it comes, and says what of it is passed on and whether the connection is cut behind
 * that. Heartbeats are no events: they are comments.
 */
export class StreamCutter {
  private rest = '';
  private events = 0;
  private began = false;

  constructor(private readonly fault: Pick<Fault, 'cutAfterEvents' | 'cutWithinEvent' | 'insertEvent'>) {}

  pass(piece: string): { text: string; cut: boolean } {
    let text = this.began ? '' : (this.fault.insertEvent ?? '');
    this.began = true;
    const { cutAfterEvents = Infinity, cutWithinEvent = Infinity } = this.fault;
    // So that nobody waits for a first event in order to be cut before it.
    if (cutAfterEvents <= this.events) return { text, cut: true };
    this.rest += piece;
    for (let end = this.rest.indexOf(END_OF_EVENT); end >= 0; end = this.rest.indexOf(END_OF_EVENT)) {
      const block = this.rest.slice(0, end + END_OF_EVENT.length);
      this.rest = this.rest.slice(block.length);
      if (/^data:/m.test(block)) this.events += 1;
      // Without the line break that would end it: all of its data has come, and still it is half an event.
      if (this.events >= cutWithinEvent) return { text: text + halfOf(block), cut: true };
      text += block;
      if (this.events >= cutAfterEvents) return { text, cut: true };
    }
    return { text, cut: false };
  }

  /** What is left when the service has ended the stream. */
  end(): string {
    return this.rest;
  }
}

/** Its id has come whole and its data has not: a client that took note of the id already would miss the event. */
function halfOf(block: string): string {
  const data = block.indexOf('data:');
  return block.slice(0, data + Math.ceil((block.length - data) / 2));
}

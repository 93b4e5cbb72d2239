/** One event of a stream, complete. */
export interface ReceivedEvent {
  type: string;
  /** Under which a stream is taken up again behind it. */
  id: string | undefined;
  data: string;
}

/** Makes events of the text of a stream, in whatever pieces that comes. Half an event is none, also when nothing follows any more. */
export class EventParser {
  private rest = '';
  private type = '';
  private id: string | undefined;
  private data: string[] = [];

  push(text: string): ReceivedEvent[] {
    this.rest += text;
    const events: ReceivedEvent[] = [];
    for (let line = this.nextLine(); line !== undefined; line = this.nextLine()) {
      if (line !== '') this.read(line);
      else if (this.data.length > 0) events.push(this.take());
      else this.forget();
    }
    return events;
  }

  /** Without its end, which is LF, CR, or CR and LF: one CR at the end of a piece may be half of the latter. */
  private nextLine(): string | undefined {
    const end = /\r\n|\n|\r(?!$)/.exec(this.rest);
    if (end === null) return undefined;
    const line = this.rest.slice(0, end.index);
    this.rest = this.rest.slice(end.index + end[0].length);
    return line;
  }

  private read(line: string): void {
    const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (name === 'data') this.data.push(value);
    else if (name === 'event') this.type = value;
    else if (name === 'id') this.id = value;
  }

  private take(): ReceivedEvent {
    const { type, id, data } = this;
    this.forget();
    return { type: type === '' ? 'message' : type, id, data: data.join('\n') };
  }

  private forget(): void {
    this.type = '';
    this.id = undefined;
    this.data = [];
  }
}

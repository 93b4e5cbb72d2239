import { Injectable } from '@nestjs/common';

/** Seconds, by the names of phases. */
export type PhaseSeconds = ReadonlyMap<string, number>;

/** Tells whoever counts it of the time that captures of this process have spent in each of their phases. */
@Injectable()
export class PhaseTimes {
  private readonly listeners: ((times: PhaseSeconds) => void)[] = [];

  listen(listener: (times: PhaseSeconds) => void): void {
    this.listeners.push(listener);
  }

  tell(times: PhaseSeconds): void {
    for (const listener of this.listeners) listener(times);
  }
}

import { Injectable } from '@nestjs/common';

export interface JobEnd {
  kind: string;
  outcome: 'done' | 'handed-back' | 'failed';
}

/** Tells whoever counts them of jobs that this process has ended, one way or another. */
@Injectable()
export class JobEnds {
  private readonly listeners: ((end: JobEnd) => void)[] = [];

  listen(listener: (end: JobEnd) => void): void {
    this.listeners.push(listener);
  }

  tell(end: JobEnd): void {
    for (const listener of this.listeners) listener(end);
  }
}

import { Injectable } from '@nestjs/common';
import { Telling } from '../announcements/telling.js';

export interface JobEnd {
  kind: string;
  outcome: 'done' | 'handed-back' | 'failed';
}

/** Jobs that this process has ended, one way or another. */
@Injectable()
export class JobEnds extends Telling<JobEnd> {}

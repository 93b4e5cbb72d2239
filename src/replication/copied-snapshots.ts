import { Injectable } from '@nestjs/common';
import { Telling } from '../announcements/telling.js';

/** A try at copying a snapshot into the replica. */
export interface CopyEnd {
  outcome: 'copied' | 'failed';
  bytes: number;
}

/** What came of the copies that this process made. */
@Injectable()
export class CopiedSnapshots extends Telling<CopyEnd> {}

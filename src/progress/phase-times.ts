import { Injectable } from '@nestjs/common';
import { Telling } from '../announcements/telling.js';

/** The time that captures of this process have spent in each of their phases: seconds, by the names of phases. */
@Injectable()
export class PhaseTimes extends Telling<ReadonlyMap<string, number>> {}

import { Injectable } from '@nestjs/common';
import { Telling } from '../../announcements/telling.js';
import type { CaptureResult } from '../../engine/capture/capture.js';

/** Captures of this process that have become completed snapshots. */
@Injectable()
export class CompletedCaptures extends Telling<CaptureResult> {}

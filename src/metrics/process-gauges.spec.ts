import { expect, it } from 'vitest';
import { Configuration } from '../config/configuration.js';
import type { OwnProcess } from '../processes/own-process.js';
import type { ProgressStreams } from '../progress/progress-streams.js';
import { Instruments } from './instruments.js';
import { ProcessGauges } from './process-gauges.js';

/** A vault on a file system whose server has gone, as of NFS. */
class OnDeadFileSystem extends ProcessGauges {
  looks = 0;

  protected override lookAtVault(): Promise<void> {
    this.looks += 1;
    return new Promise(() => undefined);
  }
}

it('a vault that hangs holds up nobody for long, and is not asked again while it does', async () => {
  const configuration = new Configuration();
  const [self, streams] = [{ clockAheadMs: 0 } as OwnProcess, { count: 3 } as ProgressStreams];
  const instruments = new Instruments(configuration);
  const gauges = new OnDeadFileSystem(configuration, self, streams, instruments);
  const began = performance.now();
  for (let time = 0; time < 2; time += 1) await gauges.refresh();
  expect(performance.now() - began).toBeLessThan(6000);
  expect(gauges.looks).toBe(1);
  expect(await instruments.registry.metrics()).toContain('snapback_progress_streams 3');
}, 10_000);

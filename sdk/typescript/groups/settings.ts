import { settingsUpdate, settingsView } from '../generated/sdk.gen.js';
import type { SnapshotSettings, SnapshotSettingsUpdate } from '../generated/types.gen.js';
import type { Calls, ChangeOptions, ViewOptions } from '../requests/calls.js';

/** How an environment is captured, and how long its snapshots are kept. */
export class Settings {
  constructor(private readonly calls: Calls) {}

  view<O extends ViewOptions>(environmentId: string, options?: O) {
    return this.calls.view<SnapshotSettings, O>(
      (means) => settingsView({ ...means, path: { environmentId } }),
      options,
    );
  }

  /** What is left out stays. */
  update(environmentId: string, body: SnapshotSettingsUpdate, options?: ChangeOptions): Promise<SnapshotSettings> {
    return this.calls.change((means) => settingsUpdate({ ...means, path: { environmentId }, body }), options);
  }
}

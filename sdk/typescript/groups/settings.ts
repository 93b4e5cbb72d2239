import {
  scheduleRunList,
  settingsUpdate,
  settingsView,
  snapshotDefaultsReplace,
  snapshotDefaultsView,
} from '../generated/sdk.gen.js';
import type {
  ScheduleRun,
  ScheduleRunPage,
  SnapshotDefaults,
  SnapshotDefaultsReplacement,
  SnapshotSettings,
  SnapshotSettingsUpdate,
} from '../generated/types.gen.js';
import { Pages } from '../pages.js';
import type { Calls, ChangeOptions, ListOptions, ViewOptions } from '../requests/calls.js';

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

  /** What the schedule did, the latest run first. */
  runs(environmentId: string, { pageSize, ...options }: ListOptions = {}): Pages<ScheduleRun, ScheduleRunPage> {
    const path = { environmentId };
    return new Pages(
      (query) => this.calls.run((means) => scheduleRunList({ ...means, path, query }), options),
      pageSize,
    );
  }

  /** What the environments of a project have that say nothing themselves. */
  viewDefaults<O extends ViewOptions>(projectId: string, options?: O) {
    return this.calls.view<SnapshotDefaults, O>(
      (means) => snapshotDefaultsView({ ...means, path: { projectId } }),
      options,
    );
  }

  replaceDefaults(
    projectId: string,
    body: SnapshotDefaultsReplacement,
    options?: ChangeOptions,
  ): Promise<SnapshotDefaults> {
    return this.calls.change((means) => snapshotDefaultsReplace({ ...means, path: { projectId }, body }), options);
  }
}

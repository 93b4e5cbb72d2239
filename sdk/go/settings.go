package snapback

import "context"

// Settings say how an environment is captured and how long its snapshots are kept.
type Settings struct {
	client *Client
}

// View reads the settings of an environment: the defaults, until somebody changes them.
func (s *Settings) View(ctx context.Context, environmentID string, options ...CallOption) (*SnapshotSettings, error) {
	return send[SnapshotSettings](ctx, s.client, callSettingsView(environmentID), options)
}

// Update changes the settings that are given; the others stay as they are. With [IfMatch] it does so only if nobody else
// has changed them since they were read.
func (s *Settings) Update(ctx context.Context, environmentID string, body SnapshotSettingsUpdate, options ...CallOption) (*SnapshotSettings, error) {
	return send[SnapshotSettings](ctx, s.client, callSettingsUpdate(environmentID, body), options)
}

// Runs has what the schedule of an environment did, the latest run first.
func (s *Settings) Runs(environmentID string) List[ScheduleRun] {
	return List[ScheduleRun]{client: s.client, call: callScheduleRunList(environmentID)}
}

// Defaults reads what the environments of a project have that say nothing themselves.
func (s *Settings) Defaults(ctx context.Context, projectID string, options ...CallOption) (*SnapshotDefaults, error) {
	return send[SnapshotDefaults](ctx, s.client, callSnapshotDefaultsView(projectID), options)
}

// ReplaceDefaults gives them other rules. With [IfMatch] it does so only if nobody else has changed them since they were read.
func (s *Settings) ReplaceDefaults(ctx context.Context, projectID string, body SnapshotDefaultsReplacement, options ...CallOption) (*SnapshotDefaults, error) {
	return send[SnapshotDefaults](ctx, s.client, callSnapshotDefaultsReplace(projectID, body), options)
}

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

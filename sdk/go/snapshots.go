package snapback

import (
	"context"
	"iter"
)

// Snapshots are captured states of an environment.
type Snapshots struct {
	client *Client
}

const snapshotProgressEvent = "snapshot-progress"

// List has the snapshots of an environment, newest first: all of them, or those that params ask for.
func (s *Snapshots) List(environmentID string, params *SnapshotListParams) List[Snapshot] {
	return List[Snapshot]{client: s.client, call: callSnapshotList(environmentID, params)}
}

// ListOfProject has the snapshots of all environments of a project, newest first.
func (s *Snapshots) ListOfProject(projectID string, params *ProjectSnapshotListParams) List[Snapshot] {
	return List[Snapshot]{client: s.client, call: callProjectSnapshotList(projectID, params)}
}

// Create queues a snapshot and returns at once. [Snapshots.WaitFor] waits for its end.
func (s *Snapshots) Create(ctx context.Context, environmentID string, body SnapshotCreate, options ...CallOption) (*Snapshot, error) {
	return send[Snapshot](ctx, s.client, callSnapshotCreate(environmentID, body), options)
}

// View reads one snapshot, with the rollbacks that used it and its newest verification.
func (s *Snapshots) View(ctx context.Context, environmentID, snapshotID string, options ...CallOption) (*SnapshotDetails, error) {
	return send[SnapshotDetails](ctx, s.client, callSnapshotView(environmentID, snapshotID), options)
}

// Estimate says how large an environment is, and what a snapshot of it would take.
func (s *Snapshots) Estimate(ctx context.Context, environmentID string, options ...CallOption) (*SnapshotEstimate, error) {
	return send[SnapshotEstimate](ctx, s.client, callSnapshotEstimate(environmentID), options)
}

// Pin keeps a snapshot from being deleted.
func (s *Snapshots) Pin(ctx context.Context, environmentID, snapshotID string, body SnapshotPin, options ...CallOption) (*Snapshot, error) {
	return send[Snapshot](ctx, s.client, callSnapshotPin(environmentID, snapshotID, body), options)
}

// Unpin lets retention delete a snapshot again.
func (s *Snapshots) Unpin(ctx context.Context, environmentID, snapshotID string, options ...CallOption) (*Snapshot, error) {
	return send[Snapshot](ctx, s.client, callSnapshotUnpin(environmentID, snapshotID), options)
}

// Cancel ends a snapshot that is queued or running; nothing it wrote remains.
func (s *Snapshots) Cancel(ctx context.Context, environmentID, snapshotID string, options ...CallOption) (*Snapshot, error) {
	return send[Snapshot](ctx, s.client, callSnapshotCancel(environmentID, snapshotID), options)
}

// Delete removes a snapshot. A base on which others build is refused, unless params detach it.
func (s *Snapshots) Delete(ctx context.Context, environmentID, snapshotID string, params *SnapshotDeleteParams, options ...CallOption) error {
	return sendForNothing(ctx, s.client, callSnapshotDelete(environmentID, snapshotID, params), options)
}

// Verify queues a verification: the snapshot is restored beside its environment, and every row and file is compared.
func (s *Snapshots) Verify(ctx context.Context, environmentID, snapshotID string, options ...CallOption) (*Verification, error) {
	return send[Verification](ctx, s.client, callSnapshotVerify(environmentID, snapshotID), options)
}

// Watch goes through the progress of a snapshot, from its present state to its end, whatever happens to connections
// meanwhile. An error is the last that comes.
func (s *Snapshots) Watch(ctx context.Context, environmentID, snapshotID string) iter.Seq2[SnapshotProgress, error] {
	return watch[SnapshotProgress](ctx, s.client, callSnapshotProgress(environmentID, snapshotID), snapshotProgressEvent)
}

// WatchVerification goes through the progress of a snapshot's newest verification in the same way.
func (s *Snapshots) WatchVerification(ctx context.Context, environmentID, snapshotID string) iter.Seq2[VerificationProgress, error] {
	return watch[VerificationProgress](ctx, s.client, callSnapshotVerifyProgress(environmentID, snapshotID), "verification-progress")
}

// WaitFor returns a snapshot once it is completed; one that ends otherwise is a [*SnapshotError], which has it.
func (s *Snapshots) WaitFor(ctx context.Context, environmentID, snapshotID string) (*SnapshotDetails, error) {
	var snapshot *SnapshotDetails
	err := waiting{
		client: s.client,
		call:   callSnapshotProgress(environmentID, snapshotID),
		event:  snapshotProgressEvent,
		look: func(ctx context.Context) (bool, error) {
			seen, err := s.View(ctx, environmentID, snapshotID)
			if err != nil {
				return false, err
			}
			snapshot = seen
			return seen.Status != SnapshotStatusQueued && seen.Status != SnapshotStatusRunning, nil
		},
	}.untilEnd(ctx)
	switch {
	case err != nil:
		return nil, err
	case snapshot.Status != SnapshotStatusCompleted:
		return nil, &SnapshotError{Snapshot: snapshot}
	default:
		return snapshot, nil
	}
}

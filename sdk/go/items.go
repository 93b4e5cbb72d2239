package snapback

import (
	"context"
	"iter"
)

// Items are files and tables that are taken out of a snapshot, into the live environment, and taken back.
type Items struct {
	client *Client
}

const itemRestoreProgressEvent = "item-restore-progress"

// Restore queues the taking out of files and tables, all of them or none, and returns at once. [Items.WaitFor] waits for its end.
func (i *Items) Restore(ctx context.Context, environmentID, snapshotID string, body ItemRestoreRequest, options ...CallOption) (*ItemRestore, error) {
	return send[ItemRestore](ctx, i.client, callRestoreItems(environmentID, snapshotID, body), options)
}

// List has what was put into an environment, newest first.
func (i *Items) List(environmentID string) List[ItemRestore] {
	return List[ItemRestore]{client: i.client, call: callItemRestoreList(environmentID)}
}

// View reads what has become of it.
func (i *Items) View(ctx context.Context, environmentID, itemRestoreID string, options ...CallOption) (*ItemRestore, error) {
	return send[ItemRestore](ctx, i.client, callItemRestoreView(environmentID, itemRestoreID), options)
}

// Undo queues the putting back of what was there before, as long as that is kept. [Items.WaitFor] waits for its end.
func (i *Items) Undo(ctx context.Context, environmentID, itemRestoreID string, options ...CallOption) (*ItemRestore, error) {
	return send[ItemRestore](ctx, i.client, callItemRestoreUndo(environmentID, itemRestoreID), options)
}

// Watch goes through its progress, from its present state to its end, whatever happens to connections meanwhile. An error is
// the last that comes.
func (i *Items) Watch(ctx context.Context, environmentID, itemRestoreID string) iter.Seq2[ItemRestoreProgress, error] {
	return watch[ItemRestoreProgress](ctx, i.client, callItemRestoreProgress(environmentID, itemRestoreID), itemRestoreProgressEvent)
}

// WaitFor returns it once it is completed or undone; the Finding of what is undone names what was left as it is. It is an
// [*ItemRestoreError], which has it, when nothing was taken out, or when what was could not be taken back.
func (i *Items) WaitFor(ctx context.Context, environmentID, itemRestoreID string) (*ItemRestore, error) {
	var restore *ItemRestore
	err := waiting{
		client: i.client,
		call:   callItemRestoreProgress(environmentID, itemRestoreID),
		event:  itemRestoreProgressEvent,
		look: func(ctx context.Context) (bool, error) {
			seen, err := i.View(ctx, environmentID, itemRestoreID)
			if err != nil {
				return false, err
			}
			restore = seen
			return seen.FinishedAt != nil, nil
		},
	}.untilEnd(ctx)
	switch {
	case err != nil:
		return nil, err
	case restore.Status == ItemRestoreStatusUndone, restore.Status == ItemRestoreStatusCompleted && restore.Finding == nil:
		return restore, nil
	default:
		return nil, &ItemRestoreError{ItemRestore: restore}
	}
}

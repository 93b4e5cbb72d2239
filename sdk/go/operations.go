package snapback

import "context"

// Operations are what is under way, what hangs, and what needs a person.
type Operations struct {
	client *Client
}

// List has what runs, waits or hangs: what needs a person first, then the oldest.
func (o *Operations) List(params *OperationsListParams) List[Operation] {
	return List[Operation]{client: o.client, call: callOperationsList(params)}
}

// Retry tries now what waits for its next try. It does not wait for the end.
func (o *Operations) Retry(ctx context.Context, operationID string, options ...CallOption) (*Operation, error) {
	return send[Operation](ctx, o.client, callOperationRetry(operationID), options)
}

// Confirm lets retention go on that has stopped and asked, because it would delete more snapshots than usual.
func (o *Operations) Confirm(ctx context.Context, operationID string, options ...CallOption) (*Operation, error) {
	return send[Operation](ctx, o.client, callOperationConfirm(operationID), options)
}

// GiveUp leaves what an operation tries to remove where it is, for whoever gives it up to look after.
func (o *Operations) GiveUp(ctx context.Context, operationID string, options ...CallOption) error {
	return sendForNothing(ctx, o.client, callOperationGiveUp(operationID), options)
}

package snapback

import "context"

// Access says who calls, and what they may do.
type Access struct {
	client *Client
}

// View has what the service takes from the token.
func (a *Access) View(ctx context.Context, options ...CallOption) (*CallerAccess, error) {
	return send[CallerAccess](ctx, a.client, callAccessView(), options)
}

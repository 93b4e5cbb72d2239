package snapback

import "context"

// Quotas says what the organization may have.
type Quotas struct {
	client *Client
}

// View has every limit, and how much there is of each.
func (q *Quotas) View(ctx context.Context, options ...CallOption) (*QuotaOverview, error) {
	return send[QuotaOverview](ctx, q.client, callQuotaView(), options)
}

// Usage says what projects used, by day.
type Usage struct {
	client *Client
}

// List has a row for each project and day, the earliest first.
func (u *Usage) List(params *UsageViewParams) List[UsageDay] {
	return List[UsageDay]{client: u.client, call: callUsageView(params)}
}

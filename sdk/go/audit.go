package snapback

// Audit says who did what, and what was refused.
type Audit struct {
	client *Client
}

// List has what was done and refused, newest first.
func (a *Audit) List(params *AuditListParams) List[AuditEntry] {
	return List[AuditEntry]{client: a.client, call: callAuditList(params)}
}

package snapback

// Protection says whether environments are protected, since when not, and why.
type Protection struct {
	client *Client
}

// List has the environments, those that need somebody first.
func (p *Protection) List(params *ProtectionListParams) List[EnvironmentProtection] {
	return List[EnvironmentProtection]{client: p.client, call: callProtectionList(params)}
}

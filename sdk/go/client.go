package snapback

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Version is the version of this package, which it tells the service as its User-Agent.
const Version = "0.1.0"

// Client talks to one service. It is made by [New], and may be used by many goroutines at a time.
type Client struct {
	Projects     *Projects
	Environments *Environments
	Snapshots    *Snapshots
	Contents     *Contents
	Items        *Items
	Exports      *Exports
	Rollbacks    *Rollbacks
	Deployments  *Deployments
	Settings     *Settings
	Retention    *Retention
	Webhooks     *Webhooks
	Operations   *Operations
	Audit        *Audit
	Protection   *Protection
	Access       *Access
	Quotas       *Quotas
	Usage        *Usage
	HealthChecks *HealthChecks

	baseURL  string
	token    TokenSource
	http     *http.Client
	timeout  time.Duration
	attempts int
	idle     time.Duration
}

// New makes a client of the service at baseURL, such as https://snapback.internal, or https://gate.internal/snapback
// where a proxy has it below a path. It connects to nothing yet.
func New(baseURL string, token TokenSource, options ...Option) (*Client, error) {
	address, err := url.Parse(baseURL)
	if err != nil {
		return nil, fmt.Errorf("snapback: the base URL cannot be read: %w", err)
	}
	if (address.Scheme != "http" && address.Scheme != "https") || address.Host == "" {
		return nil, fmt.Errorf("snapback: the base URL %q does not begin with http:// or https:// and a host", baseURL)
	}
	if address.RawQuery != "" || address.Fragment != "" {
		return nil, fmt.Errorf("snapback: the base URL %q ends with a query or a fragment", baseURL)
	}
	if token == nil {
		return nil, fmt.Errorf("snapback: there is no token; use StaticToken or TokenFunc")
	}
	c := &Client{
		baseURL:  strings.TrimRight(baseURL, "/"),
		token:    token,
		http:     &http.Client{Transport: http.DefaultTransport, CheckRedirect: followNothing},
		timeout:  30 * time.Second,
		attempts: 4,
		idle:     45 * time.Second,
	}
	for _, option := range options {
		if err := option(c); err != nil {
			return nil, err
		}
	}
	c.Projects = &Projects{c}
	c.Environments = &Environments{c}
	c.Snapshots = &Snapshots{c}
	c.Contents = &Contents{c}
	c.Items = &Items{c}
	c.Exports = &Exports{c}
	c.Rollbacks = &Rollbacks{c}
	c.Deployments = &Deployments{c}
	c.Settings = &Settings{c}
	c.Retention = &Retention{c}
	c.Webhooks = &Webhooks{c}
	c.Operations = &Operations{c}
	c.Audit = &Audit{c}
	c.Protection = &Protection{c}
	c.Access = &Access{c}
	c.Quotas = &Quotas{c}
	c.Usage = &Usage{c}
	c.HealthChecks = &HealthChecks{c}
	return c, nil
}

// The service redirects nowhere. Whoever does is somebody else, to whom neither token nor body should go.
func followNothing(*http.Request, []*http.Request) error {
	return http.ErrUseLastResponse
}

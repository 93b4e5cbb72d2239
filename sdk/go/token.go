package snapback

import "context"

// TokenSource brings the token for each request. One that brings another token each time, or a fresh one when the last
// is about to expire, lets streams outlive their token.
type TokenSource interface {
	Token(ctx context.Context) (string, error)
}

// StaticToken is a token that stays the same.
type StaticToken string

// Token returns it.
func (t StaticToken) Token(context.Context) (string, error) {
	return string(t), nil
}

// TokenFunc is a function that brings a token. It is called for each request, also by several goroutines at a time.
type TokenFunc func(ctx context.Context) (string, error)

// Token calls it.
func (f TokenFunc) Token(ctx context.Context) (string, error) {
	return f(ctx)
}

// Whether to ask again may bring another token.
func mayChange(source TokenSource) bool {
	_, static := source.(StaticToken)
	return !static
}

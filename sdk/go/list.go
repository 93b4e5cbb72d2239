package snapback

import (
	"context"
	"iter"
)

// Page is a part of a list.
type Page[T any] struct {
	// Items are those of this page.
	Items []T `json:"items"`
	// Total is how many there are in all; at least so many when TotalIsLowerBound.
	Total int64 `json:"total"`
	// TotalIsLowerBound says that there are more than Total.
	TotalIsLowerBound bool `json:"totalIsLowerBound"`
	// Limit is how many a page has at the most.
	Limit int `json:"limit"`
	// Offset is how many were passed over.
	Offset int64 `json:"offset"`
	// NextCursor leads to the next page; nil on the last one.
	NextCursor *string `json:"nextCursor"`
	// ETag names what was answered, for [IfNoneMatch].
	ETag string `json:"-"`
}

func (p *Page[T]) setETag(tag string) {
	p.ETag = tag
}

// List is a list of the service, of which nothing has been asked for yet.
//
//	for project, err := range client.Projects.List().All(ctx) { … }
type List[T any] struct {
	client *Client
	call   call
	size   int
}

// PageSize is the same list in pages of so many items, 100 at the most; 20, unless told.
func (l List[T]) PageSize(items int) List[T] {
	l.size = items
	return l
}

// First reads the first page, which says how many items there are in all.
func (l List[T]) First(ctx context.Context, options ...CallOption) (*Page[T], error) {
	return send[Page[T]](ctx, l.client, l.call.page("", l.size), options)
}

// Pages goes through the pages. It ends with the first error.
func (l List[T]) Pages(ctx context.Context) iter.Seq2[*Page[T], error] {
	return func(yield func(*Page[T], error) bool) {
		cursor := ""
		for {
			page, err := send[Page[T]](ctx, l.client, l.call.page(cursor, l.size), nil)
			if !yield(page, err) || err != nil || page.NextCursor == nil {
				return
			}
			cursor = *page.NextCursor
		}
	}
}

// All goes through the items of all pages, each once, whatever comes and goes meanwhile. It ends with the first error.
func (l List[T]) All(ctx context.Context) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for page, err := range l.Pages(ctx) {
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}

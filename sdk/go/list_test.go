package snapback

import (
	"errors"
	"testing"
)

func TestAListGoesThroughItsPagesByCursor(t *testing.T) {
	s := newService(t,
		says(200, `{"items":[{"id":"a"},{"id":"b"}],"total":3,"totalIsLowerBound":false,"limit":2,"offset":0,"nextCursor":"n-1"}`),
		says(200, `{"items":[{"id":"c"}],"total":3,"totalIsLowerBound":false,"limit":2,"offset":2,"nextCursor":null}`),
	)
	ids := ""
	for snapshot, err := range s.client().Snapshots.List("e", &SnapshotListParams{Status: SnapshotStatusCompleted, Pinned: Ptr(false)}).PageSize(2).All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		ids += snapshot.ID
	}
	asked := s.requests()
	if ids != "abc" || len(asked) != 2 {
		t.Fatalf("%q in %d requests", ids, len(asked))
	}
	if asked[0].query != "limit=2&pinned=false&status=completed" || asked[1].query != "cursor=n-1&limit=2&pinned=false&status=completed" {
		t.Errorf("%q and %q", asked[0].query, asked[1].query)
	}
}

func TestAListThatIsLeftAsksForNoMore(t *testing.T) {
	s := newService(t, says(200, `{"items":[{"id":"a"},{"id":"b"}],"total":9,"nextCursor":"n-1"}`))
	for range s.client().Projects.List().All(t.Context()) {
		break
	}
	if count := len(s.requests()); count != 1 {
		t.Error(count)
	}
}

func TestAListEndsWithItsFirstError(t *testing.T) {
	s := newService(t, says(200, `{"items":[{"id":"a"}],"total":9,"nextCursor":"n-1"}`), refuses(403, "permission-missing"))
	var items, failures int
	for _, err := range s.client().Projects.List().All(t.Context()) {
		if err == nil {
			items++
		} else if failures++; !errors.Is(err, ProblemCodePermissionMissing) {
			t.Error(err)
		}
	}
	if items != 1 || failures != 1 {
		t.Errorf("%d items, %d errors", items, failures)
	}
}

func TestTheFirstPageSaysHowManyThereAre(t *testing.T) {
	s := newService(t, says(200, `{"items":[{"id":"a"}],"total":10000,"totalIsLowerBound":true,"limit":1,"offset":0,"nextCursor":"n-1"}`, "Etag", `"p"`))
	page, err := s.client().Projects.List().PageSize(1).First(t.Context())
	if err != nil || page.Total != 10000 || !page.TotalIsLowerBound || *page.NextCursor != "n-1" || page.ETag != `"p"` {
		t.Errorf("%+v, %v", page, err)
	}
}

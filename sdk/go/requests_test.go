package snapback

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestAProblemIsAnErrorWithWhatTheServiceSays(t *testing.T) {
	s := newService(t, says(422, map[string]any{
		"code": "validation-failed", "detail": "name is too long.", "requestId": "18", "traceId": "0af7651916cd43dd8448eb211c80319c",
		"errors": []map[string]string{{"field": "name", "message": "is too long"}},
	}))
	_, err := s.client().Projects.Create(t.Context(), ProjectCreate{Name: "x"})
	var failure *Error
	if !errors.As(err, &failure) {
		t.Fatalf("%v is no *Error", err)
	}
	if failure.Status != 422 || failure.Detail != "name is too long." || failure.RequestID != "18" || failure.TraceID != "0af7651916cd43dd8448eb211c80319c" || failure.Operation != "projectCreate" {
		t.Errorf("%+v", failure)
	}
	if len(failure.Fields) != 1 || failure.Fields[0].Field != "name" {
		t.Errorf("fields: %v", failure.Fields)
	}
	if !errors.Is(err, ProblemCodeValidationFailed) || errors.Is(err, ProblemCodeNotFound) {
		t.Error("its code cannot be asked for")
	}
}

func TestACodeThatIsNotKnownComesThrough(t *testing.T) {
	s := newService(t, refuses(409, "moon-is-full"))
	_, err := s.client().Projects.View(t.Context(), "p")
	if !errors.Is(err, ProblemCode("moon-is-full")) {
		t.Error(err)
	}
}

func TestAnAnswerOfAProxyHasNoCode(t *testing.T) {
	s := newService(t, says(502, "<html>Bad Gateway</html>"))
	_, err := s.client(WithAttempts(1)).Projects.Create(t.Context(), ProjectCreate{Name: "x"})
	var failure *Error
	if !errors.As(err, &failure) || failure.Status != 502 || failure.Code != "" || !failure.OutcomeUnknown {
		t.Errorf("%+v", failure)
	}
}

func TestAnAnswerThatIsNotTheServicesIsAnError(t *testing.T) {
	s := newService(t, says(200, "<html>Please log in</html>"))
	_, err := s.client().Projects.View(t.Context(), "p")
	var failure *Error
	if !errors.As(err, &failure) || failure.Status != 200 {
		t.Error(err)
	}
}

func TestNobodyIsFollowedElsewhere(t *testing.T) {
	elsewhere := newService(t, says(200, Project{ID: "p"}))
	s := newService(t, says(307, "", "Location", elsewhere.server.URL))
	_, err := s.client().Projects.View(t.Context(), "p")
	var failure *Error
	if !errors.As(err, &failure) || failure.Status != 307 {
		t.Error(err)
	}
	if len(elsewhere.requests()) != 0 {
		t.Error("the token was sent there")
	}
}

func TestAnIdIsAPartOfThePathAndNothingElse(t *testing.T) {
	s := newService(t, says(200, Project{ID: "p"}))
	client := s.client()
	if _, err := client.Projects.View(t.Context(), "a/../b?c"); err != nil {
		t.Fatal(err)
	}
	if path := s.requests()[0].path; path != "/api/v1/projects/a%2F..%2Fb%3Fc" {
		t.Error(path)
	}
	for _, missing := range []string{"", ".", ".."} {
		if err := client.Projects.Delete(t.Context(), missing); err == nil || len(s.requests()) != 1 {
			t.Errorf("%q was sent as an id: %v", missing, err)
		}
	}
}

func TestAnOptionThatAnOperationDoesNotKnowIsRefused(t *testing.T) {
	s := newService(t, says(201, Project{}))
	_, err := s.client().Projects.Create(t.Context(), ProjectCreate{Name: "x"}, IdempotencyKey("k"))
	if err == nil || !strings.Contains(err.Error(), "projectCreate takes no Idempotency-Key") || len(s.requests()) != 0 {
		t.Error(err)
	}
	_, err = s.client().Snapshots.Create(t.Context(), "e", SnapshotCreate{}, IdempotencyKey("a\r\nX-Other: b"))
	if err == nil || len(s.requests()) != 0 {
		t.Errorf("a header was sent that is two: %v", err)
	}
}

func TestATagIsReadAndSentBack(t *testing.T) {
	s := newService(t,
		says(200, SnapshotSettings{RetentionDays: 30}, "Etag", `"one"`),
		says(304, "", "Etag", `"one"`),
		refuses(412, "precondition-failed"),
	)
	client := s.client()
	read, err := client.Settings.View(t.Context(), "e")
	if err != nil || read.ETag != `"one"` {
		t.Fatalf("%+v, %v", read, err)
	}
	if _, err := client.Settings.View(t.Context(), "e", IfNoneMatch(read.ETag)); !errors.Is(err, ErrNotModified) {
		t.Error(err)
	}
	_, err = client.Settings.Update(t.Context(), "e", SnapshotSettingsUpdate{RetentionDays: Value(3)}, IfMatch(read.ETag))
	if !errors.Is(err, ProblemCodePreconditionFailed) {
		t.Error(err)
	}
	asked := s.requests()
	if asked[1].header.Get("If-None-Match") != `"one"` || asked[2].header.Get("If-Match") != `"one"` {
		t.Error("the tag was not sent")
	}
	if asked[2].body != `{"retentionDays":3}` {
		t.Error(asked[2].body)
	}
}

func TestANewerServiceIsUnderstood(t *testing.T) {
	s := newService(t, says(200, `{"id": "s", "status": "archived", "trigger": "tide", "databaseBytes": 9007199254740993,
		"failure": null, "warnings": [{"code": "new", "message": "m", "more": 1}], "unheardOf": {"a": []}}`))
	snapshot, err := s.client().Snapshots.View(t.Context(), "e", "s")
	if err != nil {
		t.Fatal(err)
	}
	if snapshot.Status != "archived" || snapshot.Failure != nil || *snapshot.DatabaseBytes != 9_007_199_254_740_993 {
		t.Errorf("%+v", snapshot)
	}
}

func TestATokenThatCannotBeBroughtIsTold(t *testing.T) {
	s := newService(t, says(200, Project{}))
	broken := errors.New("the vault is sealed")
	client, _ := New(s.server.URL, TokenFunc(func(context.Context) (string, error) { return "", broken }))
	if _, err := client.Projects.View(t.Context(), "p"); !errors.Is(err, broken) {
		t.Error(err)
	}
}

func TestABaseURLIsLookedAt(t *testing.T) {
	for _, wrong := range []string{"", "snapback.internal", "ftp://snapback.internal", "http://", "http://a?b=c", "http://a#b", "http://a b"} {
		if _, err := New(wrong, StaticToken("t")); err == nil {
			t.Errorf("%q was taken", wrong)
		}
	}
	for _, option := range []Option{WithTimeout(0), WithAttempts(0), WithIdleTimeout(-time.Second), WithTransport(nil)} {
		if _, err := New("http://a", StaticToken("t"), option); err == nil {
			t.Error("an option was taken that makes no sense")
		}
	}
	s := newService(t, says(200, Project{ID: "p"}))
	client, err := New(s.server.URL+"/below/", StaticToken("t"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Projects.View(t.Context(), "p"); err != nil || s.requests()[0].path != "/below/api/v1/projects/p" {
		t.Errorf("%v, %v", err, s.requests())
	}
}

func TestAnErrorSaysEverythingInOneLine(t *testing.T) {
	err := &Error{Operation: "snapshotPin", Status: 409, Code: "pin-limit-reached", Detail: "Unpin one.", RequestID: "18"}
	if err.Error() != "snapback: snapshotPin: 409 pin-limit-reached: Unpin one. [request 18]" {
		t.Error(err)
	}
	if _, marshalled := json.Marshal(err); marshalled != nil {
		t.Error(marshalled)
	}
}

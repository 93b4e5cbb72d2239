package snapback

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

var file = bytes.Repeat([]byte("0123456789abcdef"), 20_000)

const fileTag = `"of-the-file"`

// Sends a file, or the rest of it that is asked for, up to a byte of it, and does then what `end` does.
func sends(content []byte, tag string, upTo int, end http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		first, status := 0, 200
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-Range") == tag {
			if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &first); err == nil {
				status = 206
				w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", first, len(content)-1, len(content)))
			}
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(content)-first))
		w.WriteHeader(status)
		_, _ = w.Write(content[first:upTo])
		w.(http.Flusher).Flush()
		end(w, r)
	}
}

func sendsAll(content []byte, tag string) http.HandlerFunc {
	return sends(content, tag, len(content), ends)
}

// Sends all of it, whatever is asked for.
func ignoresRanges(content []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Range")
		sendsAll(content, fileTag)(w, r)
	}
}

func downloaded(ctx context.Context, c *Client) ([]byte, error) {
	download, err := c.Contents.Download(ctx, "e", "s", &SnapshotFileDownloadParams{Path: "d/a.bin"})
	if err != nil {
		return nil, err
	}
	defer download.Close()
	content, err := io.ReadAll(download)
	if err == nil && (download.Name != "a.bin" || download.Size != int64(len(content))) {
		return nil, fmt.Errorf("%q has %d bytes", download.Name, download.Size)
	}
	return content, err
}

func TestADownloadGoesOnBehindTheLastByteThatCame(t *testing.T) {
	s := newService(t, sends(file, fileTag, 100_000, loses), loses, refuses(503, "starting"), sends(file, fileTag, 200_000, loses), sendsAll(file, fileTag))
	content, err := downloaded(t.Context(), s.client())
	if err != nil || !bytes.Equal(content, file) {
		t.Fatalf("%d bytes, %v", len(content), err)
	}
	asked := s.requests()
	if len(asked) != 5 || asked[0].query != "path=d%2Fa.bin" || asked[0].header.Get("Range") != "" || asked[0].header.Get("Accept-Encoding") != "identity" {
		t.Fatalf("%+v", asked)
	}
	if asked[4].header.Get("Range") != "bytes=200000-" || asked[4].header.Get("If-Range") != fileTag {
		t.Errorf("%v", asked[4].header)
	}
}

func TestWhatCameIsHeldAgainstTheSHA256OfItsTag(t *testing.T) {
	tag := fmt.Sprintf(`"%x"`, sha256.Sum256(file))
	s := newService(t, sends(file, tag, 100_000, loses), sendsAll(file, tag))
	if content, err := downloaded(t.Context(), s.client()); err != nil || !bytes.Equal(content, file) {
		t.Fatalf("%d bytes, %v", len(content), err)
	}
	s = newService(t, sendsAll(file, fmt.Sprintf(`"%x"`, sha256.Sum256(nil))))
	if _, err := downloaded(t.Context(), s.client()); err == nil || !strings.Contains(err.Error(), "SHA-256") {
		t.Fatal(err)
	}
}

func TestTheFileOfAnExportHasTheNameThatTheServiceTells(t *testing.T) {
	for told, name := range map[string]string{
		`attachment; filename="shop-1.zip"`:           "shop-1.zip",
		`attachment; filename*=UTF-8''l%C3%A4den.zip`: "läden.zip",
		"": "",
	} {
		s := newService(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Disposition", told)
			sendsAll(file, fileTag)(w, r)
		})
		download, err := s.client().Exports.Download(t.Context(), "e", "x")
		if err != nil || download.Name != name {
			t.Fatalf("%q: %+v, %v", told, download, err)
		}
		if content, err := io.ReadAll(download); err != nil || !bytes.Equal(content, file) {
			t.Errorf("%d bytes, %v", len(content), err)
		}
		_ = download.Close()
	}
}

func TestWhatComesAgainFromTheStartIsPassedOver(t *testing.T) {
	s := newService(t, sends(file, fileTag, 100_000, loses), ignoresRanges(file))
	if content, err := downloaded(t.Context(), s.client()); err != nil || !bytes.Equal(content, file) {
		t.Errorf("%d bytes, %v", len(content), err)
	}
}

func TestASilentDownloadIsMadeOverAnotherConnection(t *testing.T) {
	s := newService(t, sends(file, fileTag, 100_000, hangs), sendsAll(file, fileTag))
	if content, err := downloaded(t.Context(), s.client(WithIdleTimeout(200*time.Millisecond))); err != nil || !bytes.Equal(content, file) {
		t.Errorf("%d bytes, %v", len(content), err)
	}
}

func TestAnEmptyFileHasNothingAndANameOfBytesIsReadable(t *testing.T) {
	s := newService(t, sendsAll(nil, fileTag))
	download, err := s.client().Contents.Download(t.Context(), "e", "s", &SnapshotFileDownloadParams{PathBase64: "ZC//Cg=="})
	if err != nil || download.Name != "\ufffd\n" || download.Size != 0 {
		t.Fatalf("%+v, %v", download, err)
	}
	if count, err := download.Read(make([]byte, 1)); count != 0 || err != io.EOF {
		t.Errorf("%d, %v", count, err)
	}
}

func TestWhatIsNotTheRestOfTheSameFileIsRefused(t *testing.T) {
	for _, second := range []http.HandlerFunc{
		sendsAll(file, `"of-another"`),
		ignoresRanges(append(bytes.Clone(file), 'x')),
		says(206, "other", "Content-Range", fmt.Sprintf("bytes 5-9/%d", len(file))),
	} {
		s := newService(t, sends(file, fileTag, 100_000, loses), second)
		if _, err := downloaded(t.Context(), s.client()); err == nil || !strings.Contains(err.Error(), "cannot go on") {
			t.Error(err)
		}
	}
}

func TestAFileWithoutATagEndsWithItsConnection(t *testing.T) {
	for _, tag := range []string{"", `W/"weak"`} {
		s := newService(t, sends(file, tag, 100_000, loses))
		if _, err := downloaded(t.Context(), s.client()); err == nil || !strings.Contains(err.Error(), "no tag") || len(s.requests()) != 1 {
			t.Errorf("%v after %d requests", err, len(s.requests()))
		}
	}
}

func TestConnectionsThatBringNothingAreCounted(t *testing.T) {
	s := newService(t, sends(file, fileTag, 100_000, loses), loses)
	if _, err := downloaded(t.Context(), s.client(WithAttempts(3))); !errors.Is(err, ErrNoAnswer) || len(s.requests()) != 3 {
		t.Errorf("%v after %d requests", err, len(s.requests()))
	}
}

func TestADownloadEndsWithWhatWillNotChange(t *testing.T) {
	s := newService(t, refuses(404, "not-found"))
	if _, err := downloaded(t.Context(), s.client()); !errors.Is(err, ProblemCodeNotFound) || len(s.requests()) != 1 {
		t.Errorf("%v after %d requests", err, len(s.requests()))
	}
	s = newService(t, sends(file, fileTag, 100_000, loses), refuses(409, "snapshot-damaged"))
	if _, err := downloaded(t.Context(), s.client()); !errors.Is(err, ProblemCodeSnapshotDamaged) || len(s.requests()) != 2 {
		t.Errorf("%v after %d requests", err, len(s.requests()))
	}
	s = newService(t, streams(ends, "no length"))
	if _, err := downloaded(t.Context(), s.client()); err == nil || !strings.Contains(err.Error(), "known size") {
		t.Error(err)
	}
}

func TestADownloadEndsWithItsContextAndWhenItIsClosed(t *testing.T) {
	gone := make(chan struct{}, 2)
	s := newService(t, sends(file, fileTag, 100_000, func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		gone <- struct{}{}
	}))
	client := s.client()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if _, err := downloaded(ctx, client); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	download, err := client.Contents.Download(t.Context(), "e", "s", &SnapshotFileDownloadParams{Path: "a"})
	if err != nil {
		t.Fatal(err)
	}
	_ = download.Close()
	if _, err := download.Read(make([]byte, 1)); !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
	for range 2 {
		<-gone
	}
	if count := len(s.requests()); count != 2 {
		t.Errorf("%d requests", count)
	}
}

func TestASearchGoesOnOverPagesThatHaveNothingInThem(t *testing.T) {
	s := newService(t, says(200, `{"items":[],"nextCursor":"a"}`), says(200, `{"items":[],"nextCursor":"b"}`), says(200, `{"items":[{"path":"d/x"}],"nextCursor":null}`))
	found := ""
	for entry, err := range s.client().Contents.Files("e", "s", &SnapshotFileListParams{Path: "d", Search: "X"}).All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		found += entry.Path
	}
	if asked := s.requests(); found != "d/x" || len(asked) != 3 || asked[2].query != "cursor=b&path=d&search=X" {
		t.Errorf("%q by %+v", found, asked)
	}
}

func TestAComparisonIsWithTheOtherSnapshotAndNothingWhenItIsKnown(t *testing.T) {
	s := newService(t, says(200, `{"snapshotId":"s","withSnapshotId":"o","definitions":null,"tables":{"changedCount":2}}`, "ETag", `"one"`), says(304, ""))
	contents := s.client().Contents
	compared, err := contents.Compare(t.Context(), "e", "s", &SnapshotCompareParams{With: "o"})
	if err != nil || compared.Definitions != nil || compared.Tables.ChangedCount != 2 {
		t.Fatalf("%+v, %v", compared, err)
	}
	if _, err := contents.Compare(t.Context(), "e", "s", &SnapshotCompareParams{With: "o"}, IfNoneMatch(compared.ETag)); !errors.Is(err, ErrNotModified) {
		t.Error(err)
	}
	if asked := s.requests(); asked[1].path != "/api/v1/environments/e/snapshots/s/compare" || asked[1].query != "with=o" {
		t.Errorf("%+v", asked)
	}
}

func TestChangesAreListedPageByPage(t *testing.T) {
	listed := func(kind, item string, all func(*Contents) (string, error)) {
		s := newService(t, says(200, `{"items":[`+item+`],"nextCursor":"a"}`), says(200, `{"items":[`+item+`],"nextCursor":null}`))
		found, err := all(s.client().Contents)
		asked := s.requests()
		if err != nil || found != "x x " || len(asked) != 2 || asked[1].path != "/api/v1/environments/e/snapshots/s/compare/"+kind || asked[1].query != "cursor=a&limit=1&with=o" {
			t.Errorf("%q by %+v, %v", found, asked, err)
		}
	}
	listed("definitions", `{"name":"x"}`, func(c *Contents) (found string, err error) {
		for change, err := range c.DefinitionChanges("e", "s", &SnapshotDefinitionChangeListParams{With: "o"}).PageSize(1).All(t.Context()) {
			if err != nil {
				return "", err
			}
			found += change.Name + " "
		}
		return found, nil
	})
	listed("tables", `{"name":"x"}`, func(c *Contents) (found string, err error) {
		for change, err := range c.TableChanges("e", "s", &SnapshotTableChangeListParams{With: "o"}).PageSize(1).All(t.Context()) {
			if err != nil {
				return "", err
			}
			found += change.Name + " "
		}
		return found, nil
	})
	listed("files", `{"path":"x"}`, func(c *Contents) (found string, err error) {
		for change, err := range c.FileChanges("e", "s", &SnapshotFileChangeListParams{With: "o"}).PageSize(1).All(t.Context()) {
			if err != nil {
				return "", err
			}
			found += change.Path + " "
		}
		return found, nil
	})
}

package snapback

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
)

var errCutOff = errors.New("the answer has ended before the file")

// Download is a file as it comes. Where the connection is lost it goes on behind the last byte, as long as the file is the one
// that was begun. Read returns [io.EOF] when all Size bytes have come, and are those of its SHA-256; otherwise an [*Error].
type Download struct {
	// Name is the last part of its path, as it was asked for, or that of an export. It is no safe name for a file of yours.
	Name string
	// Size is how many bytes it has.
	Size int64

	// As with http.Request, it is that of all that is read.
	ctx    context.Context
	client *Client
	call   call
	// Of the file that was begun; empty where it promises nothing.
	tag      string
	digest   hash.Hash
	received int64
	// Connections in a row that brought nothing.
	failures   int
	connection *connection
	// How it has ended.
	err error
}

// connection is one answer that is still coming in.
type connection struct {
	response *http.Response
	quiet    *silence
	because  func(error) *Error
	cancel   context.CancelFunc
}

// Read brings the next bytes, whatever their number.
func (d *Download) Read(buffer []byte) (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	for d.received < d.Size {
		if d.connection == nil {
			if failure := d.resume(); failure != nil {
				return 0, d.end(failure)
			}
		}
		count, failure := d.connection.read(buffer)
		if count > 0 {
			d.received += int64(count)
			d.digest.Write(buffer[:count])
			d.failures = 0
			if d.received > d.Size {
				return 0, d.end(d.fault("More bytes came than the file has."))
			}
			return count, nil
		}
		if failure == nil {
			return 0, nil
		}
		if failure = d.interrupted(failure); failure != nil {
			return 0, d.end(failure)
		}
	}
	if !d.isWhole() {
		return 0, d.end(d.fault("What came is not the file: its SHA-256 is another one. Download it again."))
	}
	return 0, d.end(io.EOF)
}

// Close ends it, be it through or not. What is read from then on is [os.ErrClosed].
func (d *Download) Close() error {
	_ = d.end(os.ErrClosed)
	return nil
}

func (d *Download) begin() *Error {
	if d.call.fault != nil {
		return d.call.fault
	}
	d.digest = sha256.New()
	if failure := d.connect(); failure != nil {
		return failure
	}
	response := d.connection.response
	if response.StatusCode != http.StatusOK || !isPlain(response) || response.ContentLength < 0 {
		_ = d.Close()
		return d.fault("The answer is no file of a known size; is it the service that answers?")
	}
	d.Size = response.ContentLength
	// A weak one does not promise the same bytes.
	if tag := response.Header.Get("ETag"); strings.HasPrefix(tag, `"`) {
		d.tag = tag
	}
	if d.Name == "" {
		_, told, _ := mime.ParseMediaType(response.Header.Get("Content-Disposition"))
		d.Name = told["filename"]
	}
	return nil
}

// isWhole holds what has come against its tag, where that is the SHA-256 of its bytes.
func (d *Download) isWhole() bool {
	expected, err := hex.DecodeString(strings.Trim(d.tag, `"`))
	return err != nil || len(expected) != sha256.Size || string(d.digest.Sum(nil)) == string(expected)
}

// resume makes a connection that brings what has not come yet.
func (d *Download) resume() *Error {
	for {
		if d.received > 0 && d.tag == "" {
			return d.fault("The connection was lost, and the file has no tag by which the download could go on.")
		}
		if failure := d.connect(); failure != nil {
			return failure
		}
		if !d.goesOn(d.connection.response) {
			return d.fault("The download cannot go on: what comes is not the rest of the file that was begun.")
		}
		if d.connection.response.StatusCode == http.StatusPartialContent {
			return nil
		}
		// Somebody in between takes no notice of ranges.
		failure := d.connection.passOver(d.received)
		if failure == nil {
			return nil
		}
		if failure = d.interrupted(failure); failure != nil {
			return failure
		}
	}
}

func (d *Download) goesOn(response *http.Response) bool {
	if !isPlain(response) {
		return false
	}
	if response.StatusCode == http.StatusPartialContent {
		var first, last, size int64
		found, _ := fmt.Sscanf(response.Header.Get("Content-Range"), "bytes %d-%d/%d", &first, &last, &size)
		return found == 3 && first == d.received && size == d.Size
	}
	return response.ContentLength == d.Size && (d.received == 0 || response.Header.Get("ETag") == d.tag)
}

// connect asks until there is an answer with bytes in it, or it is of no use to ask again.
func (d *Download) connect() *Error {
	for {
		failure := d.ask()
		if failure == nil {
			return nil
		}
		if failure = d.interrupted(failure); failure != nil {
			return failure
		}
	}
}

func (d *Download) ask() *Error {
	ctx, cancel := context.WithCancel(d.ctx)
	quiet := newSilence(d.client.idle, cancel)
	because := func(err error) *Error {
		if quiet.hasFallen() {
			return &Error{Operation: d.call.operation, Detail: "Nothing came of the file for too long.", kind: ErrTimeout, cause: err}
		}
		return ended(ctx, &d.call, err, false)
	}
	given := func(failure *Error) *Error {
		quiet.stop()
		cancel()
		return failure
	}
	request, failure := d.client.request(ctx, &d.call)
	if failure != nil {
		return given(failure)
	}
	request.Header.Set("Accept", "*/*")
	// What is compressed on its way has another length, and cannot be taken up in the middle.
	request.Header.Set("Accept-Encoding", "identity")
	if d.received > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", d.received))
		request.Header.Set("If-Range", d.tag)
	}
	response, err := d.client.http.Do(request)
	if err != nil {
		return given(because(err))
	}
	if response.StatusCode == http.StatusOK || response.StatusCode == http.StatusPartialContent {
		quiet.stop()
		d.connection = &connection{response, quiet, because, cancel}
		return nil
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, longestLine))
	if err != nil {
		return given(because(err))
	}
	return given(refusal(&d.call, response, body))
}

// interrupted waits before the next connection; it returns why there is none.
func (d *Download) interrupted(failure *Error) *Error {
	d.hangUp()
	if d.ctx.Err() != nil {
		return ended(d.ctx, &d.call, failure, false)
	}
	d.failures++
	pause := pauseAfter(d.failures, failure.RetryAfter)
	if !failure.passes() || d.failures >= d.client.attempts || pause >= d.client.timeout {
		return failure
	}
	if err := sleep(d.ctx, pause); err != nil {
		return ended(d.ctx, &d.call, err, false)
	}
	return nil
}

// end keeps how it has ended first.
func (d *Download) end(err error) error {
	d.hangUp()
	if d.err == nil || errors.Is(err, os.ErrClosed) {
		d.err = err
	}
	return d.err
}

func (d *Download) hangUp() {
	if d.connection != nil {
		d.connection.quiet.stop()
		d.connection.cancel()
		_ = d.connection.response.Body.Close()
		d.connection = nil
	}
}

func (d *Download) fault(detail string) *Error {
	return &Error{Operation: d.call.operation, Detail: detail}
}

func (c *connection) read(buffer []byte) (int, *Error) {
	// Whoever takes his time with what has come is not silence.
	c.quiet.begin()
	count, err := c.response.Body.Read(buffer)
	c.quiet.stop()
	switch {
	case count > 0 || err == nil:
		return count, nil
	case errors.Is(err, io.EOF):
		return 0, c.because(errCutOff)
	default:
		return 0, c.because(err)
	}
}

func (c *connection) passOver(bytes int64) *Error {
	buffer := make([]byte, 32<<10)
	for bytes > 0 {
		count, failure := c.read(buffer[:min(bytes, int64(len(buffer)))])
		if failure != nil {
			return failure
		}
		bytes -= int64(count)
	}
	return nil
}

// Whether its length is that of the file, and nobody has compressed it.
func isPlain(response *http.Response) bool {
	return !response.Uncompressed && response.Header.Get("Content-Encoding") == ""
}

// What is not UTF-8 in it is replaced.
func nameOfFile(params *SnapshotFileDownloadParams) string {
	path := params.Path
	if params.PathBase64 != "" {
		// What is no base64 the service refuses.
		decoded, _ := base64.StdEncoding.DecodeString(params.PathBase64)
		path = strings.ToValidUTF8(string(decoded), "\ufffd")
	}
	return path[strings.LastIndex(path, "/")+1:]
}

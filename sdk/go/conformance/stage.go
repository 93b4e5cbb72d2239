package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/snapback/snapback-go"
)

// stage is the service and its world, and the proxy before it.
type stage struct {
	url     string
	token   string
	control string
	world   world
	// As people make it.
	client *snapback.Client
}

type world struct {
	ProjectID         string `json:"projectId"`
	EnvironmentID     string `json:"environmentId"`
	SnapshotID        string `json:"snapshotId"`
	SlowEnvironmentID string `json:"slowEnvironmentId"`
}

// fault is what the proxy does to a request.
type fault map[string]any

// request is one that has arrived at the proxy.
type request struct {
	Method   string            `json:"method"`
	Path     string            `json:"path"`
	Headers  map[string]string `json:"headers"`
	ClosedAt *float64          `json:"closedAt"`
}

func newStage() (*stage, error) {
	s := &stage{url: os.Getenv("SNAPBACK_URL"), token: os.Getenv("SNAPBACK_TOKEN"), control: os.Getenv("CONFORMANCE_CONTROL")}
	if err := json.Unmarshal([]byte(os.Getenv("CONFORMANCE_WORLD")), &s.world); err != nil {
		return nil, fmt.Errorf("CONFORMANCE_WORLD cannot be read: %w", err)
	}
	client, err := s.newClient()
	s.client = client
	return s, err
}

func (s *stage) newClient(options ...snapback.Option) (*snapback.Client, error) {
	return snapback.New(s.url, snapback.StaticToken(s.token), options...)
}

// One whose token is a function, which counts how often it is asked.
func (s *stage) countingClient(asked *int) (*snapback.Client, error) {
	return snapback.New(s.url, snapback.TokenFunc(func(context.Context) (string, error) {
		*asked++
		return s.token, nil
	}))
}

func (s *stage) tell(method, path string, body any) ([]byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest(method, s.control+path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= 300 {
		err = fmt.Errorf("the proxy says %d: %s", response.StatusCode, answer)
	}
	return answer, err
}

func (s *stage) expect(faults ...fault) error {
	_, err := s.tell(http.MethodPost, "/faults", faults)
	return err
}

func (s *stage) restart() error {
	_, err := s.tell(http.MethodPost, "/restart", nil)
	return err
}

func (s *stage) forget() error {
	_, err := s.tell(http.MethodDelete, "", nil)
	return err
}

// The requests that have arrived whose path has this in it.
func (s *stage) arrived(method, part string) ([]request, error) {
	answer, err := s.tell(http.MethodGet, "/requests", nil)
	if err != nil {
		return nil, err
	}
	var all, found []request
	if err := json.Unmarshal(answer, &all); err != nil {
		return nil, err
	}
	for _, one := range all {
		if one.Method == method && strings.Contains(one.Path, part) {
			found = append(found, one)
		}
	}
	return found, nil
}

// Waits until all streams that have arrived are closed, and returns how many there were.
func (s *stage) closedStreams() (int, error) {
	for tries := 0; ; tries++ {
		streams, err := s.arrived(http.MethodGet, "/progress")
		if err != nil {
			return 0, err
		}
		open := 0
		for _, one := range streams {
			if one.ClosedAt == nil {
				open++
			}
		}
		if open == 0 {
			return len(streams), nil
		}
		if tries == 20 {
			return 0, fmt.Errorf("%d of %d streams are still open", open, len(streams))
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// Cancels the snapshots that cases have left, and waits until nothing is under way.
func (s *stage) settle(ctx context.Context) error {
	for {
		busy := false
		for operation, err := range s.client.Operations.List(nil).All(ctx) {
			if err != nil {
				return err
			}
			switch operation.Kind {
			case snapback.OperationKindSnapshot:
				busy = true
				// One that has ended meanwhile cannot be cancelled, and need not be.
				_, _ = s.client.Snapshots.Cancel(ctx, *operation.EnvironmentID, *operation.SnapshotID)
			case snapback.OperationKindRollback, snapback.OperationKindSafetySnapshot:
				busy = true
			}
		}
		if !busy {
			return nil
		}
		time.Sleep(200 * time.Millisecond)
	}
}

package snapback

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"
)

func deployment(status, gate, reason string) http.HandlerFunc {
	return says(200, map[string]any{"id": "d", "status": status, "gate": gate, "gateReason": reason})
}

func TestADeploymentIsReturnedWhenItsGateIsOpen(t *testing.T) {
	s := newService(t,
		says(201, `{"id":"d","gate":"pending"}`),
		deployment("running", "pending", ""),
		refuses(503, "service-unavailable"),
		deployment("running", "open", "It is completed."),
	)
	got, err := s.client(WithAttempts(1)).GateDeployment(t.Context(), "e", DeploymentCreate{Version: "17.0"}, IdempotencyKey("job-4711"))
	if err != nil || got.ID != "d" || *got.Gate != GateOpen {
		t.Errorf("%+v, %v", got, err)
	}
	asked := s.requests()
	if asked[0].header.Get(idempotencyKey) != "job-4711" || asked[0].body != `{"version":"17.0"}` || asked[3].path != "/api/v1/deployments/d" {
		t.Errorf("%+v", asked)
	}
}

func TestADeploymentThatMustNotGoOnIsAnErrorThatSaysWhy(t *testing.T) {
	for _, one := range []struct {
		status, gate string
		want         error
	}{
		{"running", "closed", ErrGateClosed},
		{"failed", "closed", ErrGateClosed},
		{"running", "ajar", ErrGateClosed},
		{"completed", "open", ErrDeploymentEnded},
		{"failed", "open", ErrDeploymentEnded},
		{"paused", "open", ErrDeploymentEnded},
	} {
		s := newService(t, says(201, `{"id":"d"}`), deployment(one.status, one.gate, "A pack is gone."))
		got, err := s.client().GateDeployment(t.Context(), "e", DeploymentCreate{})
		var refused *GateError
		if got != nil || !errors.Is(err, one.want) || !errors.As(err, &refused) || refused.Reason != "A pack is gone." || string(refused.Deployment.Status) != one.status {
			t.Errorf("%s, %s: %v", one.status, one.gate, err)
		}
	}
	// A rollback has no gate; it is nothing that anybody deploys behind.
	s := newService(t, says(201, `{"id":"d"}`), says(200, `{"id":"d","status":"running","gate":null}`))
	if _, err := s.client().GateDeployment(t.Context(), "e", DeploymentCreate{}); !errors.Is(err, ErrGateClosed) {
		t.Error(err)
	}
}

func TestAContextEndsWaitingForAGate(t *testing.T) {
	s := newService(t, says(201, `{"id":"d"}`), deployment("running", "pending", ""))
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := s.client().GateDeployment(ctx, "e", DeploymentCreate{}); !errors.Is(err, ErrTimeout) {
		t.Error(err)
	}
}

package snapback

import (
	"errors"
	"fmt"
)

var (
	// ErrGateClosed says that the gate of a deployment is closed: its snapshot has failed, is late, or cannot be restored.
	ErrGateClosed = errors.New("the gate is closed")
	// ErrDeploymentEnded says that a deployment has ended, so that its snapshot is not of what is there now.
	ErrDeploymentEnded = errors.New("the deployment has ended")
)

// SnapshotError says that a snapshot was waited for and is not completed.
type SnapshotError struct {
	Snapshot *SnapshotDetails
}

func (e *SnapshotError) Error() string {
	return outcome("snapshot", e.Snapshot.ID, string(e.Snapshot.Status), e.Snapshot.Failure)
}

// RollbackError says that a rollback was waited for and is not completed.
type RollbackError struct {
	Rollback *RollbackLog
}

func (e *RollbackError) Error() string {
	return outcome("rollback", e.Rollback.DeploymentID, string(e.Rollback.Status), e.Rollback.Failure)
}

// ItemRestoreError says that nothing was taken out of a snapshot, or that what was could not be taken back.
type ItemRestoreError struct {
	ItemRestore *ItemRestore
}

func (e *ItemRestoreError) Error() string {
	return outcome("item restore", e.ItemRestore.ID, string(e.ItemRestore.Status), e.ItemRestore.Finding)
}

// ExportError says that an export was waited for and has no file: it has failed, or the file was removed.
type ExportError struct {
	Export *SnapshotExport
}

func (e *ExportError) Error() string {
	return outcome("export", e.Export.ID, string(e.Export.Status), e.Export.Finding)
}

// GateError says why a deployment must not go on. [errors.Is] tells [ErrGateClosed] from [ErrDeploymentEnded].
type GateError struct {
	Deployment *DeploymentDetails
	// Reason is why the gate is as it is, in a sentence of the service's.
	Reason string

	kind error
}

func (e *GateError) Error() string {
	if errors.Is(e.kind, ErrDeploymentEnded) {
		return fmt.Sprintf("snapback: the deployment %s has ended (%s): what is deployed again needs an Idempotency-Key of its own",
			e.Deployment.ID, e.Deployment.Status)
	}
	return fmt.Sprintf("snapback: the gate of the deployment %s is closed: %s", e.Deployment.ID, e.Reason)
}

// Unwrap returns [ErrGateClosed] or [ErrDeploymentEnded].
func (e *GateError) Unwrap() error {
	return e.kind
}

func outcome(kind, id, status string, failure *Finding) string {
	text := fmt.Sprintf("snapback: the %s %s is %s", kind, id, status)
	if failure != nil {
		text += ": " + failure.Message
	}
	return text
}

package snapback

import (
	"context"
	"iter"
)

// Exports are snapshots as files, for PostgreSQL's own programs and the database managers of applications.
type Exports struct {
	client *Client
}

const exportProgressEvent = "export-progress"

// Create queues an export, and returns at once. [Exports.WaitFor] waits for its end, [Exports.Download] has its file then.
func (e *Exports) Create(ctx context.Context, environmentID, snapshotID string, body ExportRequest, options ...CallOption) (*SnapshotExport, error) {
	return send[SnapshotExport](ctx, e.client, callSnapshotExport(environmentID, snapshotID, body), options)
}

// List has the exports of the snapshots of an environment, newest first.
func (e *Exports) List(environmentID string) List[SnapshotExport] {
	return List[SnapshotExport]{client: e.client, call: callSnapshotExportList(environmentID)}
}

// View reads what has become of it.
func (e *Exports) View(ctx context.Context, environmentID, exportID string, options ...CallOption) (*SnapshotExport, error) {
	return send[SnapshotExport](ctx, e.client, callSnapshotExportView(environmentID, exportID), options)
}

// Delete removes its file; that it was exported is still told.
func (e *Exports) Delete(ctx context.Context, environmentID, exportID string, options ...CallOption) (*SnapshotExport, error) {
	return send[SnapshotExport](ctx, e.client, callSnapshotExportDelete(environmentID, exportID), options)
}

// Watch goes through its progress, from its present state to its end, whatever happens to connections meanwhile. An error is
// the last that comes.
func (e *Exports) Watch(ctx context.Context, environmentID, exportID string) iter.Seq2[SnapshotExportProgress, error] {
	return watch[SnapshotExportProgress](ctx, e.client, callSnapshotExportProgress(environmentID, exportID), exportProgressEvent)
}

// WaitFor returns it once it is completed. It is an [*ExportError], which has it, when it has failed or was removed.
func (e *Exports) WaitFor(ctx context.Context, environmentID, exportID string) (*SnapshotExport, error) {
	var export *SnapshotExport
	err := waiting{
		client: e.client,
		call:   callSnapshotExportProgress(environmentID, exportID),
		event:  exportProgressEvent,
		look: func(ctx context.Context) (bool, error) {
			seen, err := e.View(ctx, environmentID, exportID)
			if err != nil {
				return false, err
			}
			export = seen
			return seen.FinishedAt != nil, nil
		},
	}.untilEnd(ctx)
	switch {
	case err != nil:
		return nil, err
	case export.Status == ExportStatusCompleted:
		return export, nil
	default:
		return nil, &ExportError{Export: export}
	}
}

// Download begins to read its file, and has to be closed. It ends with its context; [WithTimeout] does not bound it. Of a
// production environment, what is not made harmless takes environments:write.
func (e *Exports) Download(ctx context.Context, environmentID, exportID string) (*Download, error) {
	download := &Download{
		ctx:    ctx,
		client: e.client,
		call:   callSnapshotExportDownload(environmentID, exportID).with(nil),
	}
	if failure := download.begin(); failure != nil {
		return nil, failure
	}
	return download, nil
}

package snapback

import "context"

// Contents look into a snapshot: its tables, and the files of its filestore.
type Contents struct {
	client *Client
}

// Tables has the tables of a snapshot, by schema and name.
func (c *Contents) Tables(environmentID, snapshotID string, params *SnapshotTableListParams) List[SnapshotTable] {
	return List[SnapshotTable]{client: c.client, call: callSnapshotTableList(environmentID, snapshotID, params)}
}

// Files has what is in a directory, by name; with a Search, what has that in its name there and below.
func (c *Contents) Files(environmentID, snapshotID string, params *SnapshotFileListParams) List[SnapshotFile] {
	return List[SnapshotFile]{client: c.client, call: callSnapshotFileList(environmentID, snapshotID, params)}
}

// File reads one file, directory or symbolic link as it was captured.
func (c *Contents) File(ctx context.Context, environmentID, snapshotID string, params *SnapshotFileViewParams, options ...CallOption) (*SnapshotFile, error) {
	return send[SnapshotFile](ctx, c.client, callSnapshotFileView(environmentID, snapshotID, params), options)
}

// Download begins to read the bytes of a file, of any size, and has to be closed. It ends with its context; [WithTimeout] does
// not bound it. Of a production environment it takes environments:write.
func (c *Contents) Download(ctx context.Context, environmentID, snapshotID string, params *SnapshotFileDownloadParams) (*Download, error) {
	if params == nil {
		params = &SnapshotFileDownloadParams{}
	}
	download := &Download{
		Name:   nameOfFile(params),
		ctx:    ctx,
		client: c.client,
		call:   callSnapshotFileDownload(environmentID, snapshotID, params).with(nil),
	}
	if failure := download.begin(); failure != nil {
		return nil, failure
	}
	return download, nil
}

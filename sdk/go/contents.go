package snapback

import "context"

// Contents look into a snapshot: its tables, the files of its filestore, and what is not the same in another one.
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

// Compare counts what has changed from this snapshot to another one of the same project. Changes of rows are in [Contents.TableChanges].
func (c *Contents) Compare(ctx context.Context, environmentID, snapshotID string, params *SnapshotCompareParams, options ...CallOption) (*SnapshotComparison, error) {
	return send[SnapshotComparison](ctx, c.client, callSnapshotCompare(environmentID, snapshotID, params), options)
}

// DefinitionChanges has the objects of the database that are not the same in both, by kind and name, each with a unified diff.
func (c *Contents) DefinitionChanges(environmentID, snapshotID string, params *SnapshotDefinitionChangeListParams) List[DefinitionChange] {
	return List[DefinitionChange]{client: c.client, call: callSnapshotDefinitionChangeList(environmentID, snapshotID, params)}
}

// TableChanges has the tables whose rows are not the same in both, by schema and name.
func (c *Contents) TableChanges(environmentID, snapshotID string, params *SnapshotTableChangeListParams) List[TableChange] {
	return List[TableChange]{client: c.client, call: callSnapshotTableChangeList(environmentID, snapshotID, params)}
}

// FileChanges has the files, directories and symbolic links that are not the same in both, by directory and name.
func (c *Contents) FileChanges(environmentID, snapshotID string, params *SnapshotFileChangeListParams) List[FileChange] {
	return List[FileChange]{client: c.client, call: callSnapshotFileChangeList(environmentID, snapshotID, params)}
}

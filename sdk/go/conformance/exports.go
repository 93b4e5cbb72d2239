package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/snapback/snapback-go"
)

var exportCases = []testCase{
	{"export", export},
}

func export(ctx context.Context, s *stage) (string, error) {
	exports, environmentID := s.client.Exports, s.world.EnvironmentID
	queued, err := exports.Create(ctx, environmentID, s.world.SnapshotID, snapback.ExportRequest{})
	if err != nil {
		return "", err
	}
	made, err := exports.WaitFor(ctx, environmentID, queued.ID)
	if err != nil {
		return "", err
	}
	name, count, err := s.downloaded(ctx, made.ID)
	if err != nil || name != made.FileName || count != *made.SizeBytes {
		return "", fails("%d bytes of %q, %v", count, name, err)
	}
	headers := fault{"content-length": "5", "etag": `"` + strings.Repeat("0", 64) + `"`}
	if err := s.expect(fault{"path": "/content$", "answer": fault{"status": 200, "headers": headers, "body": "alpha"}}); err != nil {
		return "", err
	}
	if _, _, err := s.downloaded(ctx, made.ID); err == nil || !strings.Contains(err.Error(), "SHA-256") {
		return "", fails("other bytes: %v", err)
	}
	if _, err := exports.Delete(ctx, environmentID, made.ID); err != nil {
		return "", err
	}
	_, err = exports.WaitFor(ctx, environmentID, made.ID)
	failure, ok := as[*snapback.ExportError](err)
	if !ok || failure.Export.Status != snapback.ExportStatusRemoved {
		return "", fails("%v", err)
	}
	return fmt.Sprintf("%d bytes", count), nil
}

func (s *stage) downloaded(ctx context.Context, exportID string) (string, int64, error) {
	download, err := s.client.Exports.Download(ctx, s.world.EnvironmentID, exportID)
	if err != nil {
		return "", 0, err
	}
	defer download.Close()
	count, err := io.Copy(io.Discard, download)
	return download.Name, count, err
}

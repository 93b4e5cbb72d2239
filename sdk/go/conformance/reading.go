package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/snapback/snapback-go"
)

var readingCases = []testCase{
	{"nulls", nulls},
	{"null-and-absent", nullAndAbsent},
	{"int64", int64Exactly},
	{"pages", pages},
	{"unknown-values", unknownValues},
	{"no-content", noContent},
	{"precondition", precondition},
	{"not-modified", notModified},
}

func nulls(ctx context.Context, s *stage) (string, error) {
	snapshot, err := s.client.Snapshots.Create(ctx, s.world.SlowEnvironmentID, snapback.SnapshotCreate{})
	if err != nil {
		return "", err
	}
	if snapshot.Status != snapback.SnapshotStatusQueued || snapshot.FinishedAt != nil || snapshot.Failure != nil || snapshot.DatabaseBytes != nil {
		return "", fails("%+v", snapshot)
	}
	viewed, err := s.client.Snapshots.View(ctx, s.world.SlowEnvironmentID, snapshot.ID)
	if err != nil {
		return "", err
	}
	if viewed.FinishedAt != nil || viewed.Failure != nil || viewed.DatabaseBytes != nil {
		return "", fails("%+v", viewed)
	}
	return string(viewed.Status) + ", and nil in all three", nil
}

func nullAndAbsent(ctx context.Context, s *stage) (string, error) {
	project, err := s.client.Projects.Create(ctx, snapback.ProjectCreate{Name: "null and absent", Description: "It stays."})
	if err != nil {
		return "", err
	}
	defer s.client.Projects.Delete(ctx, project.ID)
	renamed, err := s.client.Projects.Update(ctx, project.ID, snapback.ProjectUpdate{Name: "renamed"})
	if err != nil || renamed.Description == nil || *renamed.Description != "It stays." {
		return "", fails("without a description: %+v, %v", renamed, err)
	}
	bare, err := s.client.Projects.Update(ctx, project.ID, snapback.ProjectUpdate{Description: snapback.Null[string]()})
	if err != nil || bare.Description != nil {
		return "", fails("with null: %+v, %v", bare, err)
	}
	return "left, and removed", nil
}

func int64Exactly(ctx context.Context, s *stage) (string, error) {
	if err := s.mergeSnapshot(fault{"databaseBytes": 3_000_000_000_123}); err != nil {
		return "", err
	}
	snapshot, err := s.client.Snapshots.View(ctx, s.world.EnvironmentID, s.world.SnapshotID)
	if err != nil || *snapshot.DatabaseBytes != 3_000_000_000_123 {
		return "", fails("%+v, %v", snapshot, err)
	}
	return fmt.Sprint(*snapshot.DatabaseBytes), nil
}

func (s *stage) mergeSnapshot(merge fault) error {
	return s.expect(fault{"method": "GET", "path": "/snapshots/" + s.world.SnapshotID + "$", "merge": merge})
}

func pages(ctx context.Context, s *stage) (string, error) {
	wanted := map[string]int{}
	for _, name := range []string{"page 1", "page 2", "page 3", "page 4", "page 5"} {
		project, err := s.client.Projects.Create(ctx, snapback.ProjectCreate{Name: name})
		if err != nil {
			return "", err
		}
		wanted[project.ID] = 0
		defer s.client.Projects.Delete(ctx, project.ID)
	}
	read := 0
	for project, err := range s.client.Projects.List().PageSize(2).All(ctx) {
		if err != nil {
			return "", err
		}
		if _, ok := wanted[project.ID]; ok {
			wanted[project.ID]++
		}
		if read++; read == 3 {
			// It comes before all of them.
			early, err := s.client.Projects.Create(ctx, snapback.ProjectCreate{Name: "a page before"})
			if err != nil {
				return "", err
			}
			defer s.client.Projects.Delete(ctx, early.ID)
		}
	}
	for id, times := range wanted {
		if times != 1 {
			return "", fails("%s came %d times", id, times)
		}
	}
	asked, err := s.arrived("GET", "/projects?")
	for i, one := range asked {
		if strings.Contains(one.Path, "offset=") || strings.Contains(one.Path, "cursor=") != (i > 0) {
			return "", fails("a page was asked for by %s", one.Path)
		}
	}
	return fmt.Sprintf("%d projects in %d pages", read, len(asked)), err
}

func unknownValues(ctx context.Context, s *stage) (string, error) {
	warning := fault{"code": "made-up", "message": "Something new.", "severity": 3}
	merge := fault{"status": "archived", "trigger": "tide", "warnings": []fault{warning}, "unheardOf": fault{"a": []int{1}}}
	if err := s.mergeSnapshot(merge); err != nil {
		return "", err
	}
	snapshot, err := s.client.Snapshots.View(ctx, s.world.EnvironmentID, s.world.SnapshotID)
	if err != nil {
		return "", err
	}
	if snapshot.Status != "archived" || snapshot.Trigger != "tide" || snapshot.Warnings[0].Code != "made-up" {
		return "", fails("%+v", snapshot)
	}
	return string(snapshot.Status), nil
}

func noContent(ctx context.Context, s *stage) (string, error) {
	project, err := s.client.Projects.Create(ctx, snapback.ProjectCreate{Name: "soon gone"})
	if err != nil {
		return "", err
	}
	return "deleted", s.client.Projects.Delete(ctx, project.ID)
}

func precondition(ctx context.Context, s *stage) (string, error) {
	settings := s.client.Settings
	before, err := settings.View(ctx, s.world.EnvironmentID)
	if err != nil {
		return "", err
	}
	days := snapback.SnapshotSettingsUpdate{RetentionDays: snapback.Value(before.RetentionDays + 1)}
	after, err := settings.Update(ctx, s.world.EnvironmentID, days, snapback.IfMatch(before.ETag))
	if err != nil {
		return "", fails("with the present tag: %w", err)
	}
	_, err = settings.Update(ctx, s.world.EnvironmentID, days, snapback.IfMatch(before.ETag))
	failure, ok := as[*snapback.Error](err)
	if !ok || failure.Status != 412 || failure.Code != snapback.ProblemCodePreconditionFailed {
		return "", fails("with the one before: %v", err)
	}
	days.RetentionDays = snapback.Value(before.RetentionDays)
	_, err = settings.Update(ctx, s.world.EnvironmentID, days, snapback.IfMatch(after.ETag))
	return failure.Error(), err
}

func notModified(ctx context.Context, s *stage) (string, error) {
	read, err := s.client.Projects.View(ctx, s.world.ProjectID)
	if err != nil || read.ETag == "" {
		return "", fails("the tag is %q, %v", read.ETag, err)
	}
	_, err = s.client.Projects.View(ctx, s.world.ProjectID, snapback.IfNoneMatch(read.ETag))
	if !errors.Is(err, snapback.ErrNotModified) {
		return "", fails("%v", err)
	}
	return "not modified since " + read.ETag, nil
}

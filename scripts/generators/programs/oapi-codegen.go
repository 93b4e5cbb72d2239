// The main job with the client that oapi-codegen makes.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/oapi-codegen/nullable"

	snapback "example.com/job/client"
)

type problem struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
}

type seen struct {
	DatabaseHost  string     `json:"databaseHost"`
	BeforeCutover any        `json:"beforeCutover"`
	FinishedAt    *time.Time `json:"finishedAt"`
	Status        string     `json:"status"`
	Failure       any        `json:"failure"`
	DatabaseBytes *int64     `json:"databaseBytes"`
	Rollback      string     `json:"rollback"`
	Description   *string    `json:"description"`
	Problem       problem    `json:"problem"`
}

func main() {
	withToken := func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+os.Getenv("SNAPBACK_TOKEN"))
		return nil
	}
	client, err := snapback.NewClientWithResponses(
		os.Getenv("SNAPBACK_URL"), snapback.WithRequestEditorFn(withToken))
	if err != nil {
		log.Fatal(err)
	}
	result, err := doTheJob(context.Background(), client)
	if err != nil {
		log.Fatal(err)
	}
	text, err := json.Marshal(result)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(text))
}

func doTheJob(ctx context.Context, client *snapback.ClientWithResponses) (*seen, error) {
	description := "made by a generated client"
	project, err := client.ProjectCreateWithResponse(
		ctx, snapback.ProjectCreate{Name: os.Getenv("PROJECT_NAME"), Description: &description})
	if err != nil {
		return nil, err
	}
	if project.JSON201 == nil {
		return nil, fmt.Errorf("project: %s", project.Body)
	}

	environment, err := registered(ctx, client, project.JSON201.Id)
	if err != nil {
		return nil, err
	}
	database, err := environment.Database.MustGet().AsDatabaseConnectionView()
	if err != nil {
		return nil, err
	}

	queued, snapshot, err := takeSnapshot(ctx, client, environment.Id)
	if err != nil {
		return nil, err
	}
	rollback, err := rollBack(ctx, client, environment.Id, snapshot.Id)
	if err != nil {
		return nil, err
	}

	updated, err := client.ProjectUpdateWithResponse(
		ctx, project.JSON201.Id, snapback.ProjectUpdate{Description: nullable.NewNullNullable[string]()})
	if err != nil {
		return nil, err
	}
	if updated.JSON200 == nil {
		return nil, fmt.Errorf("update: %s", updated.Body)
	}
	unknown, err := client.SnapshotViewWithResponse(ctx, environment.Id, uuid.New(), nil)
	if err != nil {
		return nil, err
	}
	refused := unknown.ApplicationproblemJSON404
	if refused == nil {
		return nil, fmt.Errorf("no problem of an unknown snapshot, but %s", unknown.Body)
	}

	return &seen{
		DatabaseHost:  database.Host,
		BeforeCutover: orNil(environment.BeforeCutover),
		FinishedAt:    orNil(queued.FinishedAt),
		Status:        string(snapshot.Status),
		Failure:       orNil(snapshot.Failure),
		DatabaseBytes: orNil(snapshot.DatabaseBytes),
		Rollback:      string(rollback),
		Description:   orNil(updated.JSON200.Description),
		Problem:       problem{Status: unknown.StatusCode(), Code: string(refused.Code)},
	}, nil
}

func registered(
	ctx context.Context, client *snapback.ClientWithResponses, projectID uuid.UUID,
) (*snapback.EnvironmentDetails, error) {
	port, err := strconv.ParseInt(os.Getenv("DATABASE_PORT"), 10, 32)
	if err != nil {
		return nil, err
	}
	number, password, filestore := int32(port), os.Getenv("DATABASE_PASSWORD"), os.Getenv("FILESTORE")
	var database snapback.DatabaseInput
	if err := database.FromDatabaseConnection(snapback.DatabaseConnection{
		Kind:     snapback.DatabaseConnectionKindCONNECTION,
		Host:     os.Getenv("DATABASE_HOST"),
		Port:     &number,
		Database: os.Getenv("DATABASE_NAME"),
		User:     os.Getenv("DATABASE_USER"),
		Password: &password,
	}); err != nil {
		return nil, err
	}
	created, err := client.EnvironmentCreateWithResponse(ctx, projectID, nil, snapback.EnvironmentCreate{
		Name:          "production",
		Type:          snapback.EnvironmentTypePRODUCTION,
		Database:      &database,
		FilestorePath: &filestore,
	})
	if err != nil {
		return nil, err
	}
	if created.JSON201 == nil {
		return nil, fmt.Errorf("environment: %s", created.Body)
	}
	viewed, err := client.EnvironmentViewWithResponse(ctx, projectID, created.JSON201.Id, nil)
	if err != nil {
		return nil, err
	}
	if viewed.JSON200 == nil {
		return nil, fmt.Errorf("environment: %s", viewed.Body)
	}
	return viewed.JSON200, nil
}

func takeSnapshot(
	ctx context.Context, client *snapback.ClientWithResponses, environmentID uuid.UUID,
) (*snapback.Snapshot, *snapback.SnapshotDetails, error) {
	label := "before"
	queued, err := client.SnapshotCreateWithResponse(ctx, environmentID, nil, snapback.SnapshotCreate{Label: &label})
	if err != nil {
		return nil, nil, err
	}
	if queued.JSON202 == nil {
		return nil, nil, fmt.Errorf("snapshot: %s", queued.Body)
	}
	for {
		viewed, err := client.SnapshotViewWithResponse(ctx, environmentID, queued.JSON202.Id, nil)
		if err != nil {
			return nil, nil, err
		}
		if viewed.JSON200 == nil {
			return nil, nil, fmt.Errorf("snapshot: %s", viewed.Body)
		}
		switch viewed.JSON200.Status {
		case snapback.SnapshotStatusQUEUED, snapback.SnapshotStatusRUNNING:
			time.Sleep(100 * time.Millisecond)
		default:
			return queued.JSON202, viewed.JSON200, nil
		}
	}
}

func rollBack(
	ctx context.Context, client *snapback.ClientWithResponses, environmentID, snapshotID uuid.UUID,
) (snapback.DeploymentStatus, error) {
	safety := false
	accepted, err := client.RollbackCreateWithResponse(
		ctx, environmentID, nil, snapback.RollbackRequest{SnapshotId: snapshotID, CreateSafetySnapshot: &safety})
	if err != nil {
		return "", err
	}
	if accepted.JSON202 == nil {
		return "", fmt.Errorf("rollback: %s", accepted.Body)
	}
	for {
		viewed, err := client.DeploymentViewWithResponse(ctx, accepted.JSON202.DeploymentId, nil)
		if err != nil {
			return "", err
		}
		if viewed.JSON200 == nil {
			return "", fmt.Errorf("deployment: %s", viewed.Body)
		}
		switch viewed.JSON200.Status {
		case snapback.DeploymentStatusQUEUED, snapback.DeploymentStatusRUNNING:
			time.Sleep(100 * time.Millisecond)
		default:
			return viewed.JSON200.Status, nil
		}
	}
}

func orNil[T any](value nullable.Nullable[T]) *T {
	if value.IsNull() || !value.IsSpecified() {
		return nil
	}
	known := value.MustGet()
	return &known
}

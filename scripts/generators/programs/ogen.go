// The main job with the client that ogen makes.
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

type token string

// Bearer is what the client asks for before each request.
func (t token) Bearer(context.Context, snapback.OperationName) (snapback.Bearer, error) {
	return snapback.Bearer{Token: string(t)}, nil
}

func main() {
	client, err := snapback.NewClient(os.Getenv("SNAPBACK_URL"), token(os.Getenv("SNAPBACK_TOKEN")))
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

// expect returns an answer of this kind; anything else, such as a problem, is an error.
func expect[T any](answer any, err error) (T, error) {
	got, ok := answer.(T)
	if err == nil && !ok {
		err = fmt.Errorf("the service answered %+v", answer)
	}
	return got, err
}

func doTheJob(ctx context.Context, client *snapback.Client) (*seen, error) {
	project, err := expect[*snapback.ProjectHeaders](client.ProjectCreate(ctx, &snapback.ProjectCreate{
		Name:        snapback.Name(os.Getenv("PROJECT_NAME")),
		Description: snapback.NewOptLabel("made by a generated client"),
	}))
	if err != nil {
		return nil, err
	}
	environment, err := registered(ctx, client, project.Response.ID)
	if err != nil {
		return nil, err
	}
	database, ok := environment.Database.Value.OneOf.GetDatabaseConnectionView()
	if !ok {
		return nil, fmt.Errorf("the database is a %s", environment.Database.Value.OneOf.Type)
	}

	queued, snapshot, err := takeSnapshot(ctx, client, environment.ID)
	if err != nil {
		return nil, err
	}
	rollback, err := rollBack(ctx, client, environment.ID, snapshot.ID)
	if err != nil {
		return nil, err
	}

	var removed snapback.OptNilLabel
	removed.SetToNull()
	updated, err := expect[*snapback.ProjectHeaders](client.ProjectUpdate(
		ctx, &snapback.ProjectUpdate{Description: removed}, snapback.ProjectUpdateParams{ProjectId: project.Response.ID}))
	if err != nil {
		return nil, err
	}
	refused, err := expect[*snapback.NotFoundHeaders](client.SnapshotView(
		ctx, snapback.SnapshotViewParams{EnvironmentId: environment.ID, SnapshotId: uuid.New()}))
	if err != nil {
		return nil, err
	}

	return &seen{
		DatabaseHost:  database.Host,
		BeforeCutover: orNil(environment.BeforeCutover.Get()),
		FinishedAt:    orNil(queued.FinishedAt.Get()),
		Status:        string(snapshot.Status),
		Failure:       orNil(snapshot.Failure.Get()),
		DatabaseBytes: orNil(snapshot.DatabaseBytes.Get()),
		Rollback:      string(rollback),
		Description:   orNil(updated.Response.Description.Get()),
		Problem:       problem{Status: http.StatusNotFound, Code: string(refused.Response.Code)},
	}, nil
}

func registered(
	ctx context.Context, client *snapback.Client, projectID uuid.UUID,
) (*snapback.EnvironmentDetails, error) {
	port, err := strconv.ParseInt(os.Getenv("DATABASE_PORT"), 10, 32)
	if err != nil {
		return nil, err
	}
	connection := snapback.NewDatabaseConnectionDatabaseInputSum(snapback.DatabaseConnection{
		Host:     os.Getenv("DATABASE_HOST"),
		Port:     snapback.NewOptInt32(int32(port)),
		Database: os.Getenv("DATABASE_NAME"),
		User:     os.Getenv("DATABASE_USER"),
		Password: snapback.NewOptString(os.Getenv("DATABASE_PASSWORD")),
	})
	created, err := expect[*snapback.EnvironmentHeaders](client.EnvironmentCreate(ctx, &snapback.EnvironmentCreate{
		Name:          "production",
		Type:          snapback.EnvironmentTypeProduction,
		Database:      snapback.NewOptDatabaseInput(snapback.DatabaseInput{OneOf: connection}),
		FilestorePath: snapback.NewOptFilestorePath(snapback.FilestorePath(os.Getenv("FILESTORE"))),
	}, snapback.EnvironmentCreateParams{ProjectId: projectID}))
	if err != nil {
		return nil, err
	}
	viewed, err := expect[*snapback.EnvironmentDetailsHeaders](client.EnvironmentView(
		ctx, snapback.EnvironmentViewParams{ProjectId: projectID, EnvironmentId: created.Response.ID}))
	if err != nil {
		return nil, err
	}
	return &viewed.Response, nil
}

func takeSnapshot(
	ctx context.Context, client *snapback.Client, environmentID uuid.UUID,
) (*snapback.Snapshot, *snapback.SnapshotDetails, error) {
	body := snapback.NewOptSnapshotCreate(snapback.SnapshotCreate{Label: snapback.NewOptLabel("before")})
	queued, err := expect[*snapback.SnapshotHeaders](client.SnapshotCreate(
		ctx, body, snapback.SnapshotCreateParams{EnvironmentId: environmentID}))
	if err != nil {
		return nil, nil, err
	}
	for {
		viewed, err := expect[*snapback.SnapshotDetailsHeaders](client.SnapshotView(
			ctx, snapback.SnapshotViewParams{EnvironmentId: environmentID, SnapshotId: queued.Response.ID}))
		if err != nil {
			return nil, nil, err
		}
		switch viewed.Response.Status {
		case snapback.SnapshotStatusQueued, snapback.SnapshotStatusRunning:
			time.Sleep(100 * time.Millisecond)
		default:
			return &queued.Response, &viewed.Response, nil
		}
	}
}

func rollBack(
	ctx context.Context, client *snapback.Client, environmentID, snapshotID uuid.UUID,
) (snapback.DeploymentStatus, error) {
	accepted, err := expect[*snapback.RollbackAcceptedHeaders](client.RollbackCreate(ctx, &snapback.RollbackRequest{
		SnapshotId:           snapshotID,
		CreateSafetySnapshot: snapback.NewOptBool(false),
	}, snapback.RollbackCreateParams{EnvironmentId: environmentID}))
	if err != nil {
		return "", err
	}
	for {
		viewed, err := expect[*snapback.DeploymentDetailsHeaders](client.DeploymentView(
			ctx, snapback.DeploymentViewParams{DeploymentId: accepted.Response.DeploymentId}))
		if err != nil {
			return "", err
		}
		switch viewed.Response.Status {
		case snapback.DeploymentStatusQueued, snapback.DeploymentStatusRunning:
			time.Sleep(100 * time.Millisecond)
		default:
			return viewed.Response.Status, nil
		}
	}
}

func orNil[T any](value T, ok bool) *T {
	if !ok {
		return nil
	}
	return &value
}

// The main job with the client that openapi-generator makes for Go.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
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

func main() {
	configuration := snapback.NewConfiguration()
	configuration.Servers = snapback.ServerConfigurations{{URL: os.Getenv("SNAPBACK_URL")}}
	ctx := context.WithValue(context.Background(), snapback.ContextAccessToken, os.Getenv("SNAPBACK_TOKEN"))
	result, err := doTheJob(ctx, snapback.NewAPIClient(configuration))
	if err != nil {
		log.Fatal(err)
	}
	text, err := json.Marshal(result)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(text))
}

func doTheJob(ctx context.Context, client *snapback.APIClient) (*seen, error) {
	create := snapback.NewProjectCreate(os.Getenv("PROJECT_NAME"))
	create.SetDescription("made by a generated client")
	project, _, err := client.ProjectsAPI.ProjectCreate(ctx).ProjectCreate(*create).Execute()
	if err != nil {
		return nil, err
	}

	port, err := strconv.ParseInt(os.Getenv("DATABASE_PORT"), 10, 32)
	if err != nil {
		return nil, err
	}
	connection := snapback.NewDatabaseConnection(
		"connection", os.Getenv("DATABASE_HOST"), os.Getenv("DATABASE_NAME"), os.Getenv("DATABASE_USER"))
	connection.SetPort(int32(port))
	connection.SetPassword(os.Getenv("DATABASE_PASSWORD"))
	body := snapback.NewEnvironmentCreate("production", snapback.ENVIRONMENTTYPE_PRODUCTION)
	body.SetDatabase(snapback.DatabaseConnectionAsDatabaseInput(connection))
	body.SetFilestorePath(os.Getenv("FILESTORE"))
	created, _, err := client.EnvironmentsAPI.EnvironmentCreate(ctx, project.Id).EnvironmentCreate(*body).Execute()
	if err != nil {
		return nil, err
	}
	environment, _, err := client.EnvironmentsAPI.EnvironmentView(ctx, project.Id, created.Id).Execute()
	if err != nil {
		return nil, err
	}

	queued, snapshot, err := takeSnapshot(ctx, client, environment.Id)
	if err != nil {
		return nil, err
	}
	status, err := rollBack(ctx, client, environment.Id, snapshot.Id)
	if err != nil {
		return nil, err
	}

	update := snapback.NewProjectUpdate()
	update.SetDescriptionNil()
	updated, _, err := client.ProjectsAPI.ProjectUpdate(ctx, project.Id).ProjectUpdate(*update).Execute()
	if err != nil {
		return nil, err
	}

	_, _, err = client.SnapshotsAPI.SnapshotView(ctx, environment.Id, uuid.NewString()).Execute()
	var refused *snapback.GenericOpenAPIError
	if !errors.As(err, &refused) {
		return nil, fmt.Errorf("no problem of an unknown snapshot, but %v", err)
	}
	said, ok := refused.Model().(snapback.Problem)
	if !ok {
		return nil, fmt.Errorf("the problem is a %T", refused.Model())
	}

	return &seen{
		DatabaseHost:  environment.Database.Get().DatabaseConnectionView.Host,
		BeforeCutover: environment.BeforeCutover.Get(),
		FinishedAt:    queued.FinishedAt.Get(),
		Status:        string(snapshot.Status),
		Failure:       snapshot.Failure.Get(),
		DatabaseBytes: snapshot.DatabaseBytes.Get(),
		Rollback:      string(status),
		Description:   updated.Description.Get(),
		Problem:       problem{Status: int(said.Status), Code: string(said.Code)},
	}, nil
}

func takeSnapshot(
	ctx context.Context, client *snapback.APIClient, environmentID string,
) (*snapback.Snapshot, *snapback.SnapshotDetails, error) {
	body := snapback.NewSnapshotCreate()
	body.SetLabel("before")
	queued, _, err := client.SnapshotsAPI.SnapshotCreate(ctx, environmentID).SnapshotCreate(*body).Execute()
	if err != nil {
		return nil, nil, err
	}
	for {
		snapshot, _, err := client.SnapshotsAPI.SnapshotView(ctx, environmentID, queued.Id).Execute()
		if err != nil {
			return nil, nil, err
		}
		if snapshot.Status != snapback.SNAPSHOTSTATUS_QUEUED && snapshot.Status != snapback.SNAPSHOTSTATUS_RUNNING {
			return queued, snapshot, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func rollBack(
	ctx context.Context, client *snapback.APIClient, environmentID, snapshotID string,
) (snapback.DeploymentStatus, error) {
	request := snapback.NewRollbackRequest(snapshotID)
	request.SetCreateSafetySnapshot(false)
	rollback, _, err := client.RollbacksAPI.RollbackCreate(ctx, environmentID).RollbackRequest(*request).Execute()
	if err != nil {
		return "", err
	}
	for {
		deployment, _, err := client.DeploymentsAPI.DeploymentView(ctx, rollback.DeploymentId).Execute()
		if err != nil {
			return "", err
		}
		if deployment.Status != snapback.DEPLOYMENTSTATUS_QUEUED && deployment.Status != snapback.DEPLOYMENTSTATUS_RUNNING {
			return deployment.Status, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
}

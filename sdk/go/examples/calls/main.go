// The calls that people make, against a service that runs: README.md shows them from here.
//
// It needs SNAPBACK_URL, SNAPBACK_TOKEN, DATABASE_HOST, DATABASE_PORT, DATABASE_NAME, DATABASE_USER, DATABASE_PASSWORD and
// FILESTORE, and registers that database and that directory in a project of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strconv"
	"time"

	"github.com/snapback/snapback-go"
)

func main() {
	client, err := connect()
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if err := all(ctx, client); err != nil {
		log.Fatal(err)
	}
}

func all(ctx context.Context, client *snapback.Client) error {
	environment, err := register(ctx, client)
	if err != nil {
		return err
	}
	snapshot, err := take(ctx, client, environment.ID)
	if err != nil {
		return err
	}
	if err := keep(ctx, client, environment.ID, snapshot.ID); err != nil {
		return err
	}
	if err := look(ctx, client, environment.ID); err != nil {
		return err
	}
	if err := change(ctx, client, environment.ID); err != nil {
		return err
	}
	if err := deploy(ctx, client, environment.ID); err != nil {
		return err
	}
	if _, err := takeOut(ctx, client, environment.ID, snapshot.ID); err != nil {
		return err
	}
	if err := export(ctx, client, environment.ID, snapshot.ID, io.Discard); err != nil {
		return err
	}
	done, err := rollBack(ctx, client, environment.ID, snapshot.ID)
	if err != nil {
		return err
	}
	if err := undo(ctx, client, done.DeploymentID); err != nil {
		return err
	}
	return retention(ctx, client, environment.ID)
}

func connect() (*snapback.Client, error) {
	return snapback.New(os.Getenv("SNAPBACK_URL"), snapback.StaticToken(os.Getenv("SNAPBACK_TOKEN")))
}

func register(ctx context.Context, client *snapback.Client) (*snapback.Environment, error) {
	project, err := client.Projects.Create(ctx, snapback.ProjectCreate{Name: "webshop", Description: "The shop and its ERP"})
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(os.Getenv("DATABASE_PORT"))
	if err != nil {
		return nil, err
	}
	return client.Environments.Create(ctx, project.ID, snapback.EnvironmentCreate{
		Name: "production",
		Type: snapback.EnvironmentTypeProduction,
		Database: &snapback.DatabaseInput{Connection: &snapback.DatabaseConnection{
			Host:     os.Getenv("DATABASE_HOST"),
			Port:     &port,
			Database: os.Getenv("DATABASE_NAME"),
			User:     os.Getenv("DATABASE_USER"),
			Password: snapback.Ptr(os.Getenv("DATABASE_PASSWORD")),
		}},
		FilestorePath: os.Getenv("FILESTORE"),
	}, nil)
}

func take(ctx context.Context, client *snapback.Client, environmentID string) (*snapback.SnapshotDetails, error) {
	snapshot, err := client.Snapshots.Create(ctx, environmentID, snapback.SnapshotCreate{Label: "before 17.0"})
	if err != nil {
		return nil, err
	}
	for progress, err := range client.Snapshots.Watch(ctx, environmentID, snapshot.ID) {
		if err != nil {
			return nil, err
		}
		fmt.Printf("%3.0f %%  %s\n", progress.Percent, progress.Message)
	}
	done, err := client.Snapshots.WaitFor(ctx, environmentID, snapshot.ID)
	if err != nil {
		return nil, err
	}
	fmt.Printf("%s: %d bytes of database\n", done.Status, *done.DatabaseBytes)
	return done, nil
}

func keep(ctx context.Context, client *snapback.Client, environmentID, snapshotID string) error {
	_, err := client.Snapshots.Pin(ctx, environmentID, snapshotID, snapback.SnapshotPin{Label: "before 17.0"})
	if errors.Is(err, snapback.ProblemCodePinLimitReached) {
		fmt.Println("All pins are taken; unpin another one first.")
	}
	if err != nil {
		return err
	}
	_, err = client.Snapshots.Unpin(ctx, environmentID, snapshotID)
	return err
}

func look(ctx context.Context, client *snapback.Client, environmentID string) error {
	completed := client.Snapshots.List(environmentID, &snapback.SnapshotListParams{Status: snapback.SnapshotStatusCompleted})
	for snapshot, err := range completed.PageSize(100).All(ctx) {
		if err != nil {
			return err
		}
		fmt.Println(snapshot.CreatedAt.Format(time.DateTime), snapshot.Trigger, snapshot.ID)
	}
	page, err := completed.First(ctx)
	if err != nil {
		return err
	}
	fmt.Println(page.Total, "in all")
	return nil
}

func change(ctx context.Context, client *snapback.Client, environmentID string) error {
	settings, err := client.Settings.View(ctx, environmentID)
	if err != nil {
		return err
	}
	_, err = client.Settings.Update(ctx, environmentID, snapback.SnapshotSettingsUpdate{
		AutoEnabled:           snapback.Ptr(true),
		UndoMinutes:           snapback.Ptr(60),
		MaxReadBytesPerSecond: snapback.Value[int64](100 << 20),
		FileReferences:        snapback.Null[string](),
	}, snapback.IfMatch(settings.ETag))
	if errors.Is(err, snapback.ProblemCodePreconditionFailed) {
		fmt.Println("Somebody else has changed them; look again.")
	}
	return err
}

func deploy(ctx context.Context, client *snapback.Client, environmentID string) error {
	job := snapback.IdempotencyKey("job-4711")
	deployment, err := client.GateDeployment(ctx, environmentID, snapback.DeploymentCreate{Version: "17.0"}, job)
	if err != nil {
		return err
	}
	fmt.Println("deploying behind", *deployment.SnapshotID)
	_, err = client.Deployments.Finish(ctx, deployment.ID, snapback.DeploymentFinish{
		Outcome: snapback.DeploymentFinishOutcomeSucceeded,
	})
	return err
}

func rollBack(ctx context.Context, client *snapback.Client, environmentID, snapshotID string) (*snapback.RollbackLog, error) {
	request := snapback.RollbackRequest{SnapshotID: snapshotID}
	plan, err := client.Rollbacks.Plan(ctx, environmentID, request)
	if err != nil {
		return nil, err
	}
	for _, refusal := range plan.Refusals {
		fmt.Println("it would be refused:", refusal.Message)
	}
	accepted, err := client.Rollbacks.Create(ctx, environmentID, request)
	if err != nil {
		return nil, err
	}
	done, err := client.Rollbacks.WaitFor(ctx, accepted.DeploymentID)
	if err != nil {
		return nil, err
	}
	fmt.Printf("rolled back, down for %d ms\n", *done.DowntimeMs)
	return done, nil
}

func takeOut(ctx context.Context, client *snapback.Client, environmentID, snapshotID string) (*snapback.ItemRestore, error) {
	restore, err := client.Items.Restore(ctx, environmentID, snapshotID, snapback.ItemRestoreRequest{
		Files:  []snapback.ItemPath{{Path: "a.txt"}},
		Tables: []snapback.ItemTable{{Schema: "public", Name: "items"}},
	})
	if err != nil {
		return nil, err
	}
	done, err := client.Items.WaitFor(ctx, environmentID, restore.ID)
	if err != nil {
		return nil, err
	}
	fmt.Println("taken out:", *done.Files[0].RestoredAs)
	if _, err := client.Items.Undo(ctx, environmentID, done.ID); err != nil {
		return nil, err
	}
	return client.Items.WaitFor(ctx, environmentID, done.ID)
}

func export(ctx context.Context, client *snapback.Client, environmentID, snapshotID string, file io.Writer) error {
	queued, err := client.Exports.Create(ctx, environmentID, snapshotID, snapback.ExportRequest{})
	if err != nil {
		return err
	}
	export, err := client.Exports.WaitFor(ctx, environmentID, queued.ID)
	if err != nil {
		return err
	}
	download, err := client.Exports.Download(ctx, environmentID, export.ID)
	if err != nil {
		return err
	}
	defer download.Close()
	count, err := io.Copy(file, download)
	fmt.Println("exported:", download.Name, count, "bytes")
	return err
}

func undo(ctx context.Context, client *snapback.Client, deploymentID string) error {
	accepted, err := client.Rollbacks.Undo(ctx, deploymentID, snapback.UndoRequest{})
	if err != nil {
		return err
	}
	_, err = client.Rollbacks.WaitFor(ctx, accepted.DeploymentID)
	return err
}

func retention(ctx context.Context, client *snapback.Client, environmentID string) error {
	for decision, err := range client.Retention.Decisions(environmentID).All(ctx) {
		if err != nil {
			return err
		}
		fmt.Println(decision.Decision, decision.Reasons)
	}
	return nil
}

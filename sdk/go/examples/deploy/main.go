// deploy VERSION COMMAND… deploys behind the gate, and rolls back what fails.
//
// It needs SNAPBACK_URL, SNAPBACK_TOKEN, ENVIRONMENT_ID and CI_JOB_ID. The token needs deployments:read, deployments:write,
// rollbacks:read and rollbacks:write.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"

	"github.com/snapback/snapback-go"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "deploy VERSION COMMAND…")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := deploy(ctx, os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func deploy(ctx context.Context, version string, command []string) error {
	client, err := snapback.New(os.Getenv("SNAPBACK_URL"), snapback.StaticToken(os.Getenv("SNAPBACK_TOKEN")))
	if err != nil {
		return err
	}
	// With the same key a step that is repeated finds its own deployment. One that has ended is an error: its snapshot is of then.
	job := snapback.IdempotencyKey(os.Getenv("CI_JOB_ID"))
	deployment, err := client.GateDeployment(ctx, os.Getenv("ENVIRONMENT_ID"), snapback.DeploymentCreate{Version: version}, job)
	if err != nil {
		return err
	}
	fmt.Println("gate open:", *deployment.GateReason)
	deploying := exec.CommandContext(ctx, command[0], command[1:]...)
	deploying.Stdout, deploying.Stderr = os.Stdout, os.Stderr
	failure := deploying.Run()
	// Whoever has interrupted it wants it rolled back all the same.
	ctx = context.WithoutCancel(ctx)
	if failure == nil {
		_, err := client.Deployments.Finish(ctx, deployment.ID, snapback.DeploymentFinish{Outcome: snapback.DeploymentFinishOutcomeSucceeded})
		return err
	}
	return errors.Join(fmt.Errorf("the deployment failed: %w", failure), rollBack(ctx, client, deployment.ID))
}

// Says that a deployment has failed, and waits until it is rolled back.
func rollBack(ctx context.Context, client *snapback.Client, deploymentID string) error {
	finished, err := client.Deployments.Finish(ctx, deploymentID, snapback.DeploymentFinish{
		Outcome:           snapback.DeploymentFinishOutcomeFailed,
		RollbackOnFailure: snapback.Ptr(true),
	})
	if err != nil {
		return fmt.Errorf("it was not rolled back: %w", err)
	}
	if finished.RollbackDeploymentID == nil {
		return errors.New("it was not rolled back: it had no snapshot")
	}
	for progress, err := range client.Rollbacks.Watch(ctx, *finished.RollbackDeploymentID) {
		if err != nil {
			return err
		}
		fmt.Printf("%3.0f %%  %s\n", progress.Percent, progress.Message)
	}
	done, err := client.Rollbacks.WaitFor(ctx, *finished.RollbackDeploymentID)
	if err != nil {
		return err
	}
	fmt.Println("rollback:", done.Status)
	return nil
}

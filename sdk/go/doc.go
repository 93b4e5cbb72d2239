// Package snapback is the client of Snapback, which takes snapshots of environments (one PostgreSQL database and one
// directory of files) and rolls them back.
//
//	client, err := snapback.New("https://snapback.internal", snapback.StaticToken(token))
//	snapshot, err := client.Snapshots.Create(ctx, environmentID, snapback.SnapshotCreate{Label: "before 17.0"})
//	done, err := client.Snapshots.WaitFor(ctx, environmentID, snapshot.ID)
//
// What belongs together is a group of the client: [Client.Projects], [Client.Environments], [Client.Snapshots],
// [Client.Contents], [Client.Items], [Client.Exports], [Client.Rollbacks], [Client.Deployments], [Client.Settings], [Client.Retention], [Client.Operations],
// [Client.Audit] and [Client.HealthChecks]. Every method that talks to the service takes a context first, and ends when that does.
//
// # Errors
//
// Whatever goes wrong is an [*Error]. Its Code is the service's stable name of the problem, and can be asked for:
//
//	if errors.Is(err, snapback.ProblemCodeEnvironmentBusy) { … }
//
// [ErrTimeout] and [ErrNoAnswer] say that nothing was answered; [Error.OutcomeUnknown], that the service may have done
// what it was asked for all the same.
//
// # Repeating
//
// Requests that change nothing twice are repeated when the connection fails or the service asks for patience: those that
// read, replace or delete, and those that start work, which the service recognizes by their Idempotency-Key. The
// client chooses a key for each call that is given none.
//
// # Newer services
//
// Enumerations are strings with names for the values that were known when the package was made; others come through as
// they are. Properties, events and problem codes that are not known are no error.
package snapback

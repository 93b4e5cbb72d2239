"""deploy.py VERSION COMMAND…   Deploys behind the gate, and rolls back when the command fails."""

import os
import subprocess
import sys

from snapback import DeploymentEndedError, GateClosedError, Snapback


def main(version: str, *command: str) -> int:
    with Snapback(os.environ["SNAPBACK_URL"], os.environ["SNAPBACK_TOKEN"]) as snapback:
        try:
            # The id of the job: run again, it finds its own deployment, and does not deploy twice behind one snapshot.
            deployment = snapback.gate_deployment(
                os.environ["ENVIRONMENT_ID"], version=version, idempotency_key=os.environ["CI_JOB_ID"]
            )
        except (GateClosedError, DeploymentEndedError) as refused:
            print(refused.detail, file=sys.stderr)
            return 1
        if subprocess.run(command).returncode == 0:
            snapback.deployments.finish(deployment.id, outcome="succeeded")
            return 0
        failed = snapback.deployments.finish(deployment.id, outcome="failed", rollback_on_failure=True)
        if failed.rollback_deployment_id is not None:
            log = snapback.rollbacks.wait_for(failed.rollback_deployment_id, progress=True)
            print(f"rolled back, down for {log.downtime_ms} ms")
        return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

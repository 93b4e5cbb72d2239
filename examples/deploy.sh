#!/usr/bin/env bash
# deploy.sh <version> <command …>     Needs SNAPBACK_URL, SNAPBACK_TOKEN, ENVIRONMENT_ID, CI_JOB_ID, and curl and jq.
# Deploys behind the gate of an environment, and rolls back when the command fails. The token needs the bundle `deployer`.
set -euo pipefail
base=$SNAPBACK_URL/api/v1
version=$1; shift
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# Prints the answer. What is refused is said in the service's sentence. The token is no argument, which others could read.
api() {
  if curl -sS --fail-with-body --retry 5 --retry-connrefused -o "$answer" \
    -K <(printf 'header = "Authorization: Bearer %s"\n' "$SNAPBACK_TOKEN") -H 'Content-Type: application/json' "$@"; then
    cat "$answer"
  else
    jq -r .detail "$answer" >&2 2>/dev/null || cat "$answer" >&2
    return 1
  fi
}

# 1. Announce. With the same key a step that is repeated finds its own deployment instead of announcing another.
deployment=$(api "$base/environments/$ENVIRONMENT_ID/deployments" -H "Idempotency-Key: $CI_JOB_ID" \
  -d "$(jq -n --arg version "$version" '{ $version }')" | jq -r .id)

# 2. Wait for the gate. It decides by itself, at the latest after timeoutSeconds.
while state=$(api "$base/deployments/$deployment"); [ "$(jq -r .gate <<< "$state")" = pending ]; do sleep 2; done
jq -r '"gate \(.gate): \(.gateReason)"' <<< "$state"
[ "$(jq -r .gate <<< "$state")" = open ] || exit 1
# One that has ended had its snapshot then, and not now: a job that is run again needs a key of its own.
if status=$(jq -r .status <<< "$state"); [ "$status" != running ]; then
  echo "deployment $deployment has ended ($status): run this with another CI_JOB_ID to deploy again" >&2
  exit 1
fi

# 3. Deploy, and say how it went.
if "$@"; then
  api "$base/deployments/$deployment/finish" -d '{ "outcome": "succeeded" }' > /dev/null
  exit 0
fi
if ! finished=$(api "$base/deployments/$deployment/finish" -d '{ "outcome": "failed", "rollbackOnFailure": true }'); then
  echo 'the deployment failed and was not rolled back' >&2
  # It is over all the same: what was refused is the rollback.
  api "$base/deployments/$deployment/finish" -d '{ "outcome": "failed" }' > /dev/null || true
  exit 1
fi
rollback=$(jq -r .rollbackDeploymentId <<< "$finished")
if [ "$rollback" = null ]; then
  echo 'the deployment failed, and there was no snapshot to go back to' >&2
  exit 1
fi

# 4. Wait for the rollback. Nobody deploys here again: a failed job stays failed.
while state=$(api "$base/deployments/$rollback"); [[ $(jq -r .status <<< "$state") =~ ^(queued|running)$ ]]; do sleep 2; done
echo "rollback: $(jq -r .status <<< "$state")"
exit 1

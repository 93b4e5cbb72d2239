"""Which ids there are, and what belongs together: of the world at first, then of whatever was answered."""

import json
import os
import time
import urllib.error
import urllib.request

WORLD = json.loads(os.environ["FUZZ_WORLD"])
# What is waited for altogether, in seconds: a short run has no time for all of it.
PATIENCE = float(os.environ["FUZZ_PATIENCE"])
LONGEST_WAIT = 10.0
PAUSE = 0.05
UNDER_WAY = ("snapshot", "verification", "rollback")


class Known:
    def __init__(self):
        self.project_of = {WORLD["environmentId"]: WORLD["projectId"]}
        self.projects = [WORLD["projectId"]]
        # By environment, oldest first.
        self.snapshots_of = {WORLD["environmentId"]: [WORLD["snapshotId"]]}
        self.environment_of = {}
        self.deploys = []
        self.rollbacks = []
        self.webhooks = []
        self.place_of = {}
        self.free_places = list(WORLD["places"])
        self.patience = PATIENCE

    def look_around(self):
        """What a run before this one has left in the same service."""
        for project in pages("/api/v1/projects"):
            if project["id"] not in self.projects:
                self.projects.append(project["id"])
            for environment in pages(f"/api/v1/projects/{project['id']}/environments"):
                self.project_of[environment["id"]] = project["id"]
                self.take_if_free(environment)
                snapshots = pages(f"/api/v1/environments/{environment['id']}/snapshots")
                self.snapshots_of[environment["id"]] = [snapshot["id"] for snapshot in snapshots][::-1]
            webhooks = pages(f"/api/v1/projects/{project['id']}/webhooks")
            self.webhooks.extend(webhook["id"] for webhook in webhooks)

    def is_steady(self, identifier):
        return identifier in (WORLD["projectId"], WORLD["environmentId"], WORLD["snapshotId"])

    def learn(self, operation, parameters, body):
        """From an answer that something was made."""
        if operation == "projectCreate":
            self.projects.append(body["id"])
        elif operation == "environmentCreate":
            self.project_of[body["id"]] = parameters["projectId"]
            self.snapshots_of[body["id"]] = []
        elif operation == "snapshotCreate":
            self.snapshots_of.setdefault(body["environmentId"], []).append(body["id"])
        elif operation == "deploymentCreate":
            self.deploys.append(body["id"])
            self.environment_of[body["id"]] = body["environmentId"]
        elif operation == "webhookCreate":
            self.webhooks.append(body["id"])
        elif operation in ("rollbackCreate", "rollbackUndo"):
            self.rollbacks.append(body["deploymentId"])
            self.environment_of[body["deploymentId"]] = body["environmentId"]

    def forget(self, operation, parameters):
        """From an answer that something is gone."""
        if operation == "projectDelete":
            self.projects = [known for known in self.projects if known != parameters["projectId"]]
        elif operation == "environmentDelete":
            gone = parameters["environmentId"]
            self.project_of.pop(gone, None)
            self.snapshots_of.pop(gone, None)
            place = self.place_of.pop(gone, None)
            if place is not None:
                self.free_places.append(place)
        elif operation == "snapshotDelete":
            snapshots = self.snapshots_of.get(parameters["environmentId"], [])
            if parameters["snapshotId"] in snapshots:
                snapshots.remove(parameters["snapshotId"])
        elif operation == "webhookDelete":
            self.webhooks = [known for known in self.webhooks if known != parameters["webhookId"]]

    def place(self):
        """A place where nobody is; where there is none, the oldest environment that can go makes room for it."""
        if not self.free_places:
            for environment in list(self.place_of):
                project = self.project_of.get(environment)
                path = f"/api/v1/projects/{project}/environments/{environment}?snapshots=delete"
                if ask("DELETE", path)[0] == 204:
                    self.forget("environmentDelete", {"environmentId": environment})
                    break
        return self.free_places[0] if self.free_places else None

    def take_if_free(self, environment):
        """Of an environment as it was answered: it stands on the place that it names."""
        database = environment["database"] or {}
        names = (database.get("database"), database.get("env"), database.get("file"), environment["filestorePath"])
        for place in self.free_places:
            if {place["database"]["database"], place["variable"], place["file"], place["filestorePath"]} & set(names):
                self.free_places = [free for free in self.free_places if free is not place]
                self.place_of[environment["id"]] = place
                return

    def delivery_of(self, webhook):
        """Its newest delivery, of a test that is sent for it; None when there is no such webhook."""
        if ask("POST", f"/api/v1/webhooks/{webhook}/test")[0] >= 300:
            return None
        status, page = ask("GET", f"/api/v1/webhooks/{webhook}/deliveries?limit=1")
        return page["items"][0]["id"] if status == 200 and page["items"] else None

    def new_rollback(self):
        """One that nobody has called off or undone yet, and nothing has come after; None when it is refused."""
        environment = WORLD["environmentId"]
        self.wait_until_nothing_is_under_way(environment)
        body = {"snapshotId": WORLD["snapshotId"], "createSafetySnapshot": False}
        status, accepted = ask("POST", f"/api/v1/environments/{environment}/rollback", body)
        if status != 202:
            return None
        self.environment_of[accepted["deploymentId"]] = environment
        return accepted["deploymentId"]

    def wait_until_nothing_is_under_way(self, environment):
        """As people do, who watch what they have asked for before they go on."""
        deadline = time.monotonic() + min(self.patience, LONGEST_WAIT)
        began = time.monotonic()
        while time.monotonic() < deadline:
            status, page = ask("GET", f"/api/v1/operations?environmentId={environment}&limit=100")
            if status != 200 or not any(item["kind"] in UNDER_WAY for item in page["items"]):
                break
            time.sleep(PAUSE)
        self.patience -= time.monotonic() - began


def ask(method, path, body=None):
    """Status and body of the answer to a request that is not one of those that are tried."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(WORLD["url"] + path, data=data, method=method)
    request.add_header("Content-Type", "application/json")
    request.add_header("Authorization", f"Bearer {WORLD['token']}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as refused:
        refused.read()
        return refused.code, None


def pages(path):
    """All items of a list."""
    cursor = ""
    while cursor is not None:
        _, page = ask("GET", f"{path}?limit=100{cursor}")
        yield from page["items"]
        cursor = page["nextCursor"] and f"&cursor={page['nextCursor']}"


known = Known()
known.look_around()

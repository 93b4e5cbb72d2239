"""
What Schemathesis cannot know of a service by its contract: ids of what is there, places where a database is, and that what was
asked for takes a moment. Requests that are meant to be accepted get these; those that are meant to be refused stay as they are,
and so does one in eight of the others, so that what nobody has is asked for too.
"""

import os
import sys
import uuid
import zlib

# Its neighbours are found from wherever Schemathesis was started.
sys.path.insert(0, os.path.dirname(__file__))

import schemathesis

from beyond import says_what_no_schema_can
from fitting import DESTRUCTIVE, fit_body, fit_ids, fit_rest, wait_before
from known import known
from tally import count, count_silence

SEED = os.environ["FUZZ_SEED"]


def operation_of(case):
    return case.operation.definition.raw["operationId"]


def drawn(case, sides):
    """A number below `sides`, the same one for the same case and seed."""
    text = f"{SEED} {operation_of(case)} {case.method} {case.path_parameters} {case.query} {case.headers} {case.body}"
    return zlib.crc32(text.encode("utf-8", "surrogatepass")) % sides


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """A stream is text for clients; here each of its events is held against what `x-events` says of it."""
    for path in raw_schema["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and "x-events" in operation:
                stream = operation["responses"]["200"]["content"]["text/event-stream"]
                stream["schema"] = {"oneOf": [event_as(*event) for event in operation["x-events"].items()]}


def event_as(name, schema):
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": schema}
    return {"type": "object", "required": ["event", "data"], "properties": {"event": {"const": name}, "data": data}}


@schemathesis.hook
def before_call(context, case, kwargs):
    operation = operation_of(case)
    parameters = case.path_parameters or {}
    is_meant = case.method.upper() == case.operation.method.upper()
    accepted = case.meta is not None and case.meta.generation.mode.is_positive
    if is_meant and accepted and drawn(case, 8) != 0:
        fit_ids(operation, parameters, case.meta.phase.name.value == "stateful")
        if isinstance(case.body, dict):
            fit_body(operation, parameters, case.body)
        fit_rest(case)
    if operation in DESTRUCTIVE:
        spare_the_steady_environment(parameters)
    if is_meant and accepted and drawn(case, 4) != 1:
        wait_before(operation, parameters)


def spare_the_steady_environment(parameters):
    """Schemathesis uses ids again that it has seen in answers; what everything else needs stays."""
    name = "snapshotId" if "snapshotId" in parameters else "environmentId" if "environmentId" in parameters else "projectId"
    if known.is_steady(parameters.get(name)):
        parameters[name] = str(uuid.uuid4())


@schemathesis.hook
def after_call(context, case, response):
    operation = operation_of(case)
    is_meant = case.method.upper() == case.operation.method.upper()
    count(case, operation if is_meant else None, response.status_code)
    if not is_meant or not 200 <= response.status_code < 300:
        return
    if response.status_code == 204:
        known.forget(operation, case.path_parameters)
    elif case.method.upper() == "POST":
        body = response.json()
        known.learn(operation, case.path_parameters, body)
        if operation == "environmentCreate":
            known.take_if_free(body)


@schemathesis.hook
def after_network_error(context, case, request):
    count_silence(case, operation_of(case))


@schemathesis.hook
def filter_failure(context, failure, case, response):
    return not says_what_no_schema_can(failure, case, response)

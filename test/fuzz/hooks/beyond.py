"""What the service refuses although the contract's schemas allow it, because no schema can say it: each with its reason."""

# By `code` of the problem and field of its errors, as a prefix. Everything else that fits the schema has to be accepted.
FIELDS = {
    # It is what a page has said, and no other text.
    "cursor",
    # Whether bytes are a path.
    "pathBase64",
    # It is what a plan has said.
    "planToken",
    # Where filestores may lie, and which hosts may be named, is the service's configuration.
    "filestorePath",
    "database",
    # Which workers there are.
    "pool",
    # One setting needs another one, which may be stored already.
    "gateRequires",
    # A time to come.
    "at",
    "expiresAt",
    # Which hosts may be told, and which environments there are.
    "url",
    "environmentIds",
    # Whether a text is a time zone, or a rule that ever comes; and what other settings leave of it.
    "timeZone",
    "schedule",
    "rules",
    "retentionDays",
    # Whether a pattern names anything.
    "exclude",
    # What is in a snapshot.
    "files",
    "tables",
    # Whether a text is a URL.
    "beforeCutover",
    "afterCutover",
}
# A database or a filestore: one of two has to be there, which plain generators do not like to read in a schema.
NEITHER = {"field": "body", "message": "must have database or filestorePath"}
CODES = {
    # The same key came with another request before.
    "idempotency-key-reused",
    # `If-Match` names what nobody has read.
    "precondition-failed",
}


def says_what_no_schema_can(failure, case, response):
    if type(failure).__name__ == "ServerError" and response.status_code == 503:
        # What was drawn as its database leads nowhere, and the contract says that this is said so.
        return response.json()["code"] == "environment-unreachable"
    if type(failure).__name__ != "RejectedPositiveData" or response.status_code not in (412, 422):
        return False
    problem = response.json()
    if problem["code"] in CODES:
        return True
    # They exclude each other.
    allowed = FIELDS | ({"offset"} if "cursor" in (case.query or {}) else set())
    errors = problem.get("errors", [])
    return len(errors) > 0 and all(error == NEITHER or error["field"].split(".")[0] in allowed for error in errors)

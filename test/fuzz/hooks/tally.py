"""One line for each request that was sent: by which phase, to which operation, and how it was answered."""

import json
import os

_lines = open(os.environ["FUZZ_TALLY"], "a", buffering=1, encoding="utf-8")


def count(case, operation, status):
    phase = None if case.meta is None else case.meta.phase.name.value
    _lines.write(json.dumps({"phase": phase, "operation": operation, "status": status}) + "\n")


def count_silence(case, operation):
    count(case, operation, None)

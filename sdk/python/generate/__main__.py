"""Makes the typed part of the package from the contract, which it reads as JSON from its input.

    node scripts/sdk-python.mjs            (npm run sdk:python)

It is our own. datamodel-code-generator was tried: its dataclasses lose the names that properties have in JSON and have
nothing that reads them, its Pydantic and msgspec models refuse a value that an enumeration does not have yet and would be a
second dependency, and of these only msgspec's tell `null` from what was left out. openapi-python-client drops properties and
raises on `null`. What a client of a service that grows needs fits into two small files.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import cast

from .contract import WIDTH, Contract, property_names, translated
from .operations import call_text, group_text, methods
from .schemas import Schemas

_MADE = '# Made from openapi.yaml by "npm run sdk:python"; change the contract.\n'
_HEAD = f'''{_MADE}"""{{about}}"""

from __future__ import annotations

'''
_MODELS = """from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from ._model.base import Id, Model, Page, Tagged, Unrecognized
from .absent import ABSENT, Absent
"""
_CALLS = """from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from .._http.call import Call, File, Stream, chosen_key, left_out, nothing, path_of, reading
from .._model.base import Id
from ..absent import ABSENT, Absent
"""
_GROUPS = """from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from .._http.{surface} import {prefix}Download, {prefix}Events, {prefix}Group, {prefix}Pages
from .._model.base import Id
from .._waiting.{waits} import {prefix}ExportWaits, {prefix}ItemWaits, {prefix}RollbackWaits, {prefix}SnapshotWaits
from ..absent import ABSENT, Absent
from . import calls
"""


def main() -> None:
    given: Contract = json.load(sys.stdin)
    package = Path(sys.argv[1])
    operations = {method.operation: f"{method.group}.{method.name}" for method in methods(given, Schemas(given))}
    contract = cast("Contract", translated(given, {**property_names(given), **operations}))
    schemas = Schemas(contract)
    made = methods(contract, schemas)
    (package / "_generated").mkdir(exist_ok=True)

    def write(file: str, about: str, imports: str, parts: Iterable[str]) -> None:
        body = "\n\n".join(parts)
        (package / file).write_text(_HEAD.format(about=about) + _used(imports, body) + "\n\n" + body)

    names = "from ..models import (\n" + "".join(f"    {name},\n" for name in sorted(schemas.emitted)) + ")\n"
    (package / "_generated/__init__.py").write_text(f'{_MADE}"""The operations of the contract."""\n')
    write("models.py", "What goes in and comes out.", _MODELS, schemas.text())
    write("_generated/calls.py", "What each operation asks for.", _CALLS + names, map(call_text, made))
    about = {tag["name"]: tag["description"] for tag in contract["tags"]}
    for prefix, surface, waits, file in (
        ("", "blocking_surface", "blocking_waits", "groups.py"),
        ("Async", "async_surface", "async_waits", "async_groups.py"),
    ):
        groups = [
            group_text(tag, text, [method for method in made if method.group == tag], blocking=not prefix)
            for tag, text in about.items()
        ]
        imports = _GROUPS.format(prefix=prefix, surface=surface, waits=waits) + names
        write(f"_generated/{file}", "The operations, by their tags.", imports, groups)


def _used(imports: str, body: str) -> str:
    """The imports without the names that the body does not have."""
    words = set(re.findall(r"\w+", body))
    lines: list[str] = []
    for head, names in re.findall(r"^(from \S+ import) (\([^)]*\)|.*)$", imports, re.MULTILINE):
        kept = [name for name in re.findall(r"\w+", names) if name in words]
        short = f"{head} {', '.join(kept)}\n"
        long = f"{head} (\n" + "".join(f"    {name},\n" for name in kept) + ")\n"
        lines += [short if len(short) <= WIDTH else long] if kept else []
    return "".join(lines)


main()

"""The contract as the generator reads it: as much of OpenAPI as Snapback's has."""

from __future__ import annotations

import keyword
import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import TypedDict, cast

Schema = TypedDict(
    "Schema",
    {
        "$ref": str,
        "type": "str | list[str]",
        "format": str,
        "description": str,
        "enum": list[str],
        "const": str,
        "properties": "dict[str, Schema]",
        "required": list[str],
        "items": "Schema",
        "oneOf": "list[Schema]",
        "additionalProperties": "Schema | bool",
        "discriminator": dict[str, object],
        "writeOnly": bool,
    },
    total=False,
)
Parameter = TypedDict(
    "Parameter",
    {"$ref": str, "name": str, "in": str, "required": bool, "description": str, "schema": Schema},
    total=False,
)
Content = dict[str, dict[str, Schema]]


class Body(TypedDict, total=False):
    required: bool
    content: Content


Response = TypedDict("Response", {"$ref": str, "headers": dict[str, object], "content": Content}, total=False)
Operation = TypedDict(
    "Operation",
    {
        "operationId": str,
        "tags": list[str],
        "summary": str,
        "description": str,
        "security": list[object],
        "parameters": list[Parameter],
        "requestBody": Body,
        "responses": dict[str, Response],
        "x-events": dict[str, Schema],
    },
    total=False,
)


class Components(TypedDict):
    schemas: dict[str, Schema]
    parameters: dict[str, Parameter]


class Contract(TypedDict):
    paths: dict[str, dict[str, object]]
    components: Components
    tags: list[dict[str, str]]


METHODS = ("get", "post", "put", "patch", "delete")
JSON = "application/json"
#: The bytes of a file, which no model is made of.
BINARY = "application/octet-stream"
WIDTH = 108


def operations(contract: Contract) -> Iterator[tuple[str, str, Operation]]:
    """Method, path and operation, with the parameters of its path, all in full."""
    for path, item in contract["paths"].items():
        shared = cast("list[Parameter]", item.get("parameters", []))
        for method in METHODS:
            if method in item:
                operation = cast("Operation", item[method])
                parameters = [*shared, *operation.get("parameters", [])]
                full = [parameter_of(contract, parameter) for parameter in parameters]
                yield method.upper(), path, {**operation, "parameters": full}


def translated(node: object, names: Mapping[str, str]) -> object:
    """The contract with descriptions that say what Python says: `retention_days`, and not `retentionDays`."""
    if isinstance(node, list):
        return [translated(part, names) for part in node]
    if not isinstance(node, dict):
        return node
    return {
        name: re.sub(r"`(\w+)`", lambda word: f"`{names.get(word[1], word[1])}`", part)
        if name in ("description", "summary") and isinstance(part, str)
        else translated(part, names)
        for name, part in node.items()
    }


def property_names(contract: Contract) -> dict[str, str]:
    """What each property is called in Python, where that is something else."""
    names = {wire for schema in contract["components"]["schemas"].values() for wire in schema.get("properties", {})}
    return {wire: snake(wire) for wire in names if snake(wire) != wire}


def parameter_of(contract: Contract, parameter: Parameter) -> Parameter:
    name = name_in(parameter)
    return parameter if name is None else contract["components"]["parameters"][name]


def name_in(node: Schema | Parameter) -> str | None:
    """The name of what a reference points to."""
    reference = node.get("$ref")
    return None if reference is None else reference.rpartition("/")[2]


def success(operation: Operation) -> tuple[str, Response]:
    return next((status, answer) for status, answer in operation["responses"].items() if status.startswith("2"))


def body_schema(contract: Contract, operation: Operation) -> Schema | None:
    if "requestBody" not in operation:
        return None
    schema = operation["requestBody"]["content"][JSON]["schema"]
    return contract["components"]["schemas"][cast("str", name_in(schema))]


def snake(name: str) -> str:
    """`createdAt` is `created_at`; a word that Python keeps for itself gets a line behind it."""
    words = re.sub(r"[-\s]", "_", re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name)).lower()
    return f"{words}_" if keyword.iskeyword(words) else words


def is_nullable(schema: Schema) -> bool:
    kinds = schema.get("type", "")
    return "null" in kinds if isinstance(kinds, list) else any(is_null(part) for part in schema.get("oneOf", []))


def is_null(schema: Schema) -> bool:
    return schema.get("type") == "null"


def docstring(text: str, indent: str) -> str:
    """As a string of Python, folded."""
    safe = text.strip().replace("\\", "\\\\").replace('"""', "'''")
    lines = folded(safe, WIDTH - len(indent) - 6)
    if len(lines) == 1 and not lines[0].endswith('"'):
        return f'{indent}"""{lines[0]}"""\n'
    return "".join(f"{indent}{line}".rstrip() + "\n" for line in [f'"""{lines[0]}', *lines[1:], '"""'])


def folded(text: str, width: int, hanging: str = "") -> list[str]:
    """Lines of that width; paragraphs stay apart."""
    paragraphs = re.split(r"\n\s*\n", text)
    lines: list[str] = []
    for paragraph in paragraphs:
        lines += ["", *textwrap.wrap(" ".join(paragraph.split()), width, subsequent_indent=hanging)]
    return lines[1:]

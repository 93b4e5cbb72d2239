"""The operations of the contract as functions that make calls, and as methods of both clients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .contract import (
    BINARY,
    JSON,
    WIDTH,
    Contract,
    Operation,
    Parameter,
    Schema,
    body_schema,
    docstring,
    is_nullable,
    name_in,
    operations,
    snake,
    success,
)
from .schemas import Schemas

#: Methods whose name is not the verb of their operation.
_NAMES = {
    "projectSnapshotList": "list_of_project",
    "rollbackLogList": "list",
    "snapshotProgress": "watch",
    "snapshotVerifyProgress": "watch_verification",
    "rollbackProgress": "watch",
    "restoreItems": "restore",
    "itemRestoreList": "list",
    "itemRestoreView": "view",
    "itemRestoreProgress": "watch",
    "itemRestoreUndo": "undo",
    "snapshotExport": "create",
    "snapshotExportList": "list",
    "snapshotExportView": "view",
    "snapshotExportDelete": "delete",
    "snapshotExportProgress": "watch",
    "snapshotExportDownload": "download",
    "snapshotTableList": "tables",
    "snapshotFileList": "files",
    "snapshotFileView": "file",
    "snapshotFileDownload": "download",
    "snapshotDefinitionChangeList": "definition_changes",
    "snapshotTableChangeList": "table_changes",
    "snapshotFileChangeList": "file_changes",
}
#: Parameters whose name says what they are to a caller, and not what they are to the protocol.
_PARAMETERS = {"limit": "page_size"}
#: Groups that have something of their own besides.
_BASES = {
    "snapshots": "SnapshotWaits",
    "items": "ItemWaits",
    "exports": "ExportWaits",
    "rollbacks": "RollbackWaits",
}


@dataclass(frozen=True)
class Argument:
    name: str
    wire: str
    type: str
    description: str
    place: str
    default: str | None = None

    @property
    def text(self) -> str:
        return f"{self.name}: {self.type}" + ("" if self.default is None else f" = {self.default}")


@dataclass(frozen=True)
class Method:
    """An operation, as Python has it."""

    operation: str
    group: str
    name: str
    call: str
    http: str
    path: str
    description: str
    result: str
    authorized: bool
    kind: str
    item: str = ""
    event: str = ""
    has_body: bool = False
    arguments: list[Argument] = field(default_factory=list)

    def of(self, place: str) -> list[Argument]:
        return [argument for argument in self.arguments if argument.place == place]

    @property
    def keywords(self) -> list[Argument]:
        named = [argument for argument in self.arguments if argument.place != "path"]
        return sorted(named, key=lambda argument: argument.default is not None)


def methods(contract: Contract, schemas: Schemas) -> list[Method]:
    found = [_method(contract, schemas, *operation) for operation in operations(contract)]
    names = [(method.group, method.name) for method in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"Two operations would have one name: {sorted(twice)}")
    return found


def _method(contract: Contract, schemas: Schemas, http: str, path: str, operation: Operation) -> Method:
    call = snake(operation["operationId"])
    status, answer = success(operation)
    streamed = {name: schema for name, schema in operation.get("x-events", {}).items() if name != "token-expired"}
    result, item = "None", ""
    kind = "stream" if streamed else "nothing" if status == "204" else "plain"
    if BINARY in answer.get("content", {}):
        kind = "file"
    if streamed:
        result = name_in(next(iter(streamed.values()))) or ""
    elif kind == "plain":
        result = name_in(answer["content"][JSON]["schema"]) or ""
        properties = schemas[result]["properties"]
        if "nextCursor" in properties:
            kind, item = "list", name_in(properties["items"]["items"]) or ""
        elif result in schemas.tagged and http == "GET":
            kind = "tagged"
    body = body_schema(contract, operation)
    return Method(
        operation=operation["operationId"],
        group=operation["tags"][0],
        name=_NAMES.get(operation["operationId"]) or call.partition("_")[2],
        call=call,
        http=http,
        path=path,
        description=f"{operation['summary']}.\n\n{operation['description']}".replace("?.\n", "?\n"),
        result=result,
        authorized=operation.get("security") != [],
        kind=kind,
        item=item,
        event=next(iter(streamed), ""),
        has_body=body is not None,
        arguments=[*_parameters(schemas, operation), *(_properties(schemas, body) if body else [])],
    )


def _parameters(schemas: Schemas, operation: Operation) -> Iterator[Argument]:
    for parameter in operation.get("parameters", []):
        # Both are looked after: by the stream, and by `…_if_changed`.
        if parameter["name"] not in ("Last-Event-ID", "If-None-Match"):
            yield _parameter(schemas, parameter)


def _parameter(schemas: Schemas, parameter: Parameter) -> Argument:
    wire, place = parameter["name"], parameter["in"]
    kind = "Id" if place == "path" else schemas.type_of(parameter["schema"], given=True)
    optional = not parameter.get("required", False)
    return Argument(
        _PARAMETERS.get(wire) or snake(wire),
        wire,
        f"{kind} | None" if optional else kind,
        parameter["description"],
        place,
        "None" if optional else None,
    )


def _properties(schemas: Schemas, body: Schema) -> Iterator[Argument]:
    """Where `None` is a value of its own, a property that is left out is `ABSENT`; elsewhere it is `None`."""
    for wire, property in body["properties"].items():
        kind = schemas.type_of(property, given=True)
        description = property.get("description") or schemas[name_in(property) or ""].get("description", "")
        if wire in body.get("required", []):
            yield Argument(snake(wire), wire, kind, description, "body")
        elif is_nullable(property):
            yield Argument(snake(wire), wire, f"{kind} | Absent", description, "body", "ABSENT")
        else:
            yield Argument(snake(wire), wire, f"{kind} | None", description, "body", "None")


def signature(
    method: Method, name: str, result: str, *, indent: str = "", head: str = "def", owner: bool = False
) -> str:
    arguments = [argument.text for argument in method.of("path")]
    named = [argument.text for argument in method.keywords]
    everything = [*(["self"] if owner else []), *arguments, *(["*"] if named else []), *named]
    short = f"{indent}{head} {name}({', '.join(everything)}) -> {result}:\n"
    if len(short) <= WIDTH and len(named) < 2:
        return short
    lines = "".join(f"{indent}    {argument},\n" for argument in everything)
    return f"{indent}{head} {name}(\n{lines}{indent}) -> {result}:\n"


def call_text(method: Method) -> str:
    """The function that makes the call."""
    path = f'path_of("{_template(method)}"' + "".join(f", {argument.name}" for argument in method.of("path")) + ")"
    if method.kind == "stream":
        lines = [path, f'"{method.event}"', method.result]
        made = "    return Stream(\n" + "".join(f"        {line},\n" for line in lines) + "    )\n"
        return signature(method, method.call, f"Stream[{method.result}]") + made
    if method.kind == "file":
        query = _mapping(method.of("query"))
        lines = [path, *([query] if query else [])]
        made = "    return File(\n" + "".join(f"        {line},\n" for line in lines) + "    )\n"
        return signature(method, method.call, "File") + made
    reader = "nothing" if method.kind == "nothing" else f"reading({method.result})"
    lines = [f'"{method.http}"', path, reader]
    query, body, headers = (_mapping(method.of(place)) for place in ("query", "body", "header"))
    lines += [f"query={query}"] if query else []
    lines += [f"body={body or '{}'}"] if method.has_body else []
    lines += [f"headers={headers}"] if headers else []
    lines += [] if method.authorized else ["authorized=False"]
    made = "    return Call(\n" + "".join(f"        {line},\n" for line in lines) + "    )\n"
    return signature(method, method.call, f"Call[{method.result}]") + made


def _template(method: Method) -> str:
    path = method.path
    for argument in method.of("path"):
        path = path.replace(f"{{{argument.wire}}}", "{}")
    return path


def _mapping(arguments: list[Argument]) -> str:
    entries = [f'"{argument.wire}": {_value(argument)}' for argument in arguments]
    short = "{" + ", ".join(entries) + "}"
    if not entries or len(short) <= WIDTH - 16:
        return short if entries else ""
    return "{\n" + "".join(f"            {entry},\n" for entry in entries) + "        }"


def _value(argument: Argument) -> str:
    if argument.wire == "Idempotency-Key":
        return f"chosen_key({argument.name})"
    return f"left_out({argument.name})" if argument.place == "body" and argument.default == "None" else argument.name


def group_text(group: str, about: str, made: list[Method], *, blocking: bool) -> str:
    """A class with the operations of one tag."""
    prefix = "" if blocking else "Async"
    base = prefix + _BASES.get(group, "Group")
    text = f"class {prefix}{group.capitalize()}Group({base}):\n" + docstring(about, "    ")
    for method in made:
        text += "\n" + _method_text(method, prefix)
        if method.kind == "tagged":
            text += "\n" + _change_text(method, prefix)
    return text


def _method_text(method: Method, prefix: str) -> str:
    result = {
        "list": f"{prefix}Pages[{method.item}, {method.result}]",
        "stream": f"{prefix}Events[{method.result}]",
        "file": f"{prefix}Download",
    }.get(method.kind, method.result)
    head = "def" if prefix == "" or method.kind in ("list", "stream") else "async def"
    call = _forwarded(method)
    run = {
        "list": f"return {prefix}Pages(self._run, {call})",
        "stream": f"return {prefix}Events(self._session.watch({call}))",
        "nothing": f"{'' if prefix == '' else 'await '}self._run({call})",
        "file": f"return {'' if prefix == '' else 'await '}{prefix}Download.begin(self._session, {call})",
    }.get(method.kind, f"return {'' if prefix == '' else 'await '}self._run({call})")
    text = signature(method, method.name, result, indent="    ", head=head, owner=True)
    return f"{text}{docstring(_help(method), '        ')}        {run}\n"


def _change_text(method: Method, prefix: str) -> str:
    """The same for those who have it already."""
    etag = Argument("etag", "", "str", f"The `etag` of the {method.result} that was read.", "if-none-match")
    asked = Method(**{**method.__dict__, "arguments": [*method.arguments, etag]})
    head, wait = ("def", "") if prefix == "" else ("async def", "await ")
    text = signature(
        asked, f"{method.name}_if_changed", f"{method.result} | None", indent="    ", head=head, owner=True
    )
    about = f"The same as `{method.name}`, or `None` while it is still what carries the tag."
    return (
        f"{text}{docstring(about, '        ')}        return {wait}self._run({_forwarded(method)}.if_changed(etag))\n"
    )


def _forwarded(method: Method) -> str:
    given = [argument.name for argument in method.of("path")]
    given += [f"{argument.name}={argument.name}" for argument in method.keywords]
    text = f"calls.{method.call}({', '.join(given)})"
    if len(text) <= WIDTH - 40:
        return text
    return f"calls.{method.call}(\n" + "".join(f"            {argument},\n" for argument in given) + "        )"


def _help(method: Method) -> str:
    described = [(argument.name, argument.description) for argument in method.keywords]
    return "\n\n".join([method.description, *(f"`{name}`: {text.strip()}" for name, text in described)])

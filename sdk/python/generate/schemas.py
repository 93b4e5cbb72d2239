"""Types of Python for the schemas of the contract, and the text of `snapback/models.py`."""

from __future__ import annotations

from collections.abc import Iterator

from .contract import (
    JSON,
    WIDTH,
    Contract,
    Schema,
    docstring,
    folded,
    is_null,
    is_nullable,
    name_in,
    operations,
    snake,
    success,
)

_PLAIN = {"integer": "int", "number": "float", "boolean": "bool", "string": "str"}


class Schemas:
    def __init__(self, contract: Contract) -> None:
        self._all = contract["components"]["schemas"]
        self._given = self._closure(self._bodies(contract))
        tops = {name for _, _, operation in operations(contract) if (name := body_name(operation))}
        answered = self._closure(self._answers(contract) | {"Problem"})
        #: Bodies are keyword arguments, and need no class.
        self.emitted = [name for name in self._all if name in (self._given | answered) - (tops - answered)]
        self.tagged = {name for name in self._answers(contract, tagged=True)}

    def __getitem__(self, name: str) -> Schema:
        return self._all[name]

    def type_of(self, schema: Schema, *, given: bool) -> str:
        """What is given is of a known value; what is received may be of one that only a newer client knows."""
        name = name_in(schema)
        if name is not None:
            return self._named(name, given=given)
        if "oneOf" in schema:
            parts = ["None" if is_null(part) else self.type_of(part, given=given) for part in schema["oneOf"]]
            return " | ".join(parts)
        values = schema.get("enum")
        if values is not None:
            literal = f"Literal[{', '.join(repr(value) for value in values)}]".replace("'", '"')
            return literal if given or len(values) == 1 else f"{literal} | str"
        kinds = schema.get("type", "object")
        if isinstance(kinds, list):
            (kind,) = (kind for kind in kinds if kind != "null")
            return f"{self._plain({**schema, 'type': kind}, given=given)} | None"
        return self._plain(schema, given=given)

    def _named(self, name: str, *, given: bool) -> str:
        schema = self._all[name]
        if "enum" in schema:
            return name if given else f"{name} | str"
        return name if "properties" in schema or "oneOf" in schema else self.type_of(schema, given=given)

    def _plain(self, schema: Schema, *, given: bool) -> str:
        kind = schema.get("type", "object")
        if kind == "array":
            of = self.type_of(schema["items"], given=given)
            return f"Sequence[{of}]" if given else f"list[{of}]"
        if kind == "object":
            values = schema.get("additionalProperties")
            of = self.type_of(values, given=given) if isinstance(values, dict) else "object"
            return f"Mapping[str, {of}]" if given else f"dict[str, {of}]"
        if kind == "string" and schema.get("format") == "date-time":
            return "datetime"
        if kind == "string" and schema.get("format") == "uuid" and given:
            return "Id"
        return _PLAIN[str(kind)]

    def text(self) -> Iterator[str]:
        for name in self.emitted:
            schema = self._all[name]
            if "enum" in schema:
                yield self._enumeration(name, schema)
        for name in self._in_order():
            schema = self._all[name]
            if "properties" in schema:
                yield self._model(name, schema)
            elif "oneOf" in schema:
                yield self._union(name, schema)

    def _enumeration(self, name: str, schema: Schema) -> str:
        values = "".join(f'    "{value}",\n' for value in schema["enum"])
        return f"{_comment(schema, '')}{name}: TypeAlias = Literal[\n{values}]\n"

    def _union(self, name: str, schema: Schema) -> str:
        members = [self.type_of(part, given=True) for part in schema["oneOf"]]
        if name not in self._given:
            members.append("Unrecognized")
        return f"{_comment(schema, '')}{name}: TypeAlias = {' | '.join(members)}\n"

    def _model(self, name: str, schema: Schema) -> str:
        base = self._base_of(name)
        inherited = set(self._all[base]["properties"]) if base in self._all else set()
        bases = [base, "Tagged"] if name in self.tagged and base in self._all else [base]
        lines = [f"@dataclass(frozen=True, kw_only=True, repr=False)\nclass {name}({', '.join(bases)}):\n"]
        lines.append(docstring(schema["description"], "    "))
        for wire, property in schema["properties"].items():
            if wire not in inherited:
                lines.append(f"\n{_comment(property, '    ')}    {self._field(name, wire, property)}\n")
        return "".join(lines)

    def _base_of(self, name: str) -> str:
        """A view in detail is one of the same thing; what the two have in common is said once."""
        plain = name.removesuffix("Details")
        properties = self._all[name]["properties"]
        if plain != name and self._all[plain]["properties"].items() <= properties.items():
            return plain
        if {"items", "nextCursor"} <= properties.keys():
            return "Page"
        return "Tagged" if name in self.tagged else "Model"

    def _field(self, model: str, wire: str, property: Schema) -> str:
        name, given = snake(wire), model in self._given
        if name in ("extra", "etag"):
            raise ValueError(f"{model}.{wire} is taken by what every model has.")
        kind = self.type_of(property, given=given)
        options = ["repr=False"] if property.get("writeOnly") else []
        if wire == "kind" and kind.startswith("Literal") and not kind.endswith("| str"):
            return f"{name}: {kind} = {kind.removeprefix('Literal[').removesuffix(']')}"
        if wire not in self._all[model].get("required", []):
            absent = given and is_nullable(property)
            kind = f"{kind} | Absent" if absent else kind if kind.endswith("| None") else f"{kind} | None"
            options.insert(0, f"default={'ABSENT' if absent else None}")
        if options == ["default=None"]:
            return f"{name}: {kind} = None"
        return f"{name}: {kind}" + (f" = field({', '.join(options)})" if options else "")

    def _in_order(self) -> list[str]:
        """Unions and views in detail stand behind what they are made of."""
        late = [name for name in self.emitted if "oneOf" in self._all[name] or name.endswith("Details")]
        return [name for name in self.emitted if name not in late] + late

    def _bodies(self, contract: Contract) -> set[str]:
        return {name for _, _, operation in operations(contract) if (name := body_name(operation))}

    def _answers(self, contract: Contract, *, tagged: bool = False) -> set[str]:
        found: set[str] = set()
        for _, _, operation in operations(contract):
            _, answer = success(operation)
            if tagged and "ETag" not in answer.get("headers", {}):
                continue
            schemas = [
                answer.get("content", {}).get(JSON, {}).get("schema"),
                *operation.get("x-events", {}).values(),
            ]
            found |= {name for schema in schemas if schema is not None and (name := name_in(schema))}
        return found

    def _closure(self, names: set[str]) -> set[str]:
        found: set[str] = set()
        waiting = sorted(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += _references(self._all[name])
        return found


def body_name(operation: object) -> str | None:
    body = operation.get("requestBody") if isinstance(operation, dict) else None
    return None if body is None else name_in(body["content"][JSON]["schema"])


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            yield reference.rpartition("/")[2]
        for part in (part for name, part in node.items() if name not in ("discriminator", "example")):
            yield from _references(part)
    elif isinstance(node, list):
        for part in node:
            yield from _references(part)


def _comment(schema: Schema, indent: str) -> str:
    lines = folded(schema.get("description", ""), WIDTH - len(indent) - 3)
    return "".join(f"{indent}#: {line}".rstrip() + "\n" for line in lines)

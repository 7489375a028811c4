"""Finds changes of the HTTP API that break clients, all of which docs/api-changes.md must list.

Compares docs/openapi.json with docs/openapi.released.json, the document of the last release.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any, Literal

ROOT = Path(__file__).parent.parent
TODAY = ROOT / "docs" / "openapi.json"
RELEASED = ROOT / "docs" / "openapi.released.json"
LIST = ROOT / "docs" / "api-changes.md"
LISTED = re.compile(r"^- `([^`]+)`: (?=\S)", re.MULTILINE)  # the break, and its reason behind it

Json = dict[str, Any]  # any part of an OpenAPI document
Direction = Literal["request", "answer"]

# Descriptive members, on which no client depends.
PROSE = {"description", "examples", "summary", "title"}
# Members whose keys are names of the API, which may also be "title".
NAMES = {"properties", "schemas"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The values that a schema allows, with references resolved and alternatives merged."""

    names: tuple[str, ...]  # of the components it refers to
    types: frozenset[str]  # empty: any
    values: frozenset[str] | None  # None: any of these types
    fields: Json
    required: frozenset[str]
    items: Json | None  # schema of an array's items or of an object's free members


def alternatives(schema: Json, document: Json) -> Iterator[tuple[str | None, Json]]:
    """The alternatives of a schema, with references resolved, each with its component's name."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        for _, found in alternatives(document["components"]["schemas"][name], document):
            yield name, found
        return
    choices = [choice for key in ("anyOf", "oneOf", "allOf") for choice in schema.get(key, ())]
    for choice in choices:
        yield from alternatives(choice, document)
    if not choices:
        yield None, schema


def shape(schema: Json, document: Json) -> Shape:
    found = list(alternatives(schema, document))
    solid = [each for _, each in found if each.get("type") != "null"]
    values = [
        each["enum"] if "enum" in each else [each["const"]]
        for each in solid
        if {"enum", "const"} & each.keys()
    ]
    objects = [each for each in solid if each.get("type") == "object"]
    required = [frozenset(each.get("required", ())) for each in objects]
    inner = [each.get("items", each.get("additionalProperties")) for each in solid]
    return Shape(
        names=tuple(dict.fromkeys(name for name, _ in found if name)),
        types=frozenset(each["type"] for _, each in found if "type" in each),
        values=frozenset(str(v) for some in values for v in some)
        if solid and len(values) == len(solid)
        else None,
        fields=_fields(objects),
        required=reduce(frozenset.__and__, required) if required else frozenset(),
        items=next((each for each in inner if isinstance(each, dict)), None),
    )


def _fields(objects: list[Json]) -> Json:
    """The fields by name. Fields of several alternatives with one name are merged into a choice."""
    fields: dict[str, list[Json]] = {}
    for each in objects:
        for name, schema in each.get("properties", {}).items():
            fields.setdefault(name, []).append(schema)
    return {name: {"anyOf": schemas} for name, schemas in fields.items()}


@dataclass(slots=True)
class Comparison:
    """Compares two documents and collects a sentence for each breaking change."""

    old: Json
    new: Json
    breaks: list[str] = field(default_factory=list)
    _compared: set[tuple[object, ...]] = field(default_factory=set)

    def add(self, where: str, what: str) -> None:
        self.breaks.append(f"{where}: {what}")

    def routes(self) -> None:
        for path, methods in self.old["paths"].items():
            for method, old in methods.items():
                where = f"{method.upper()} {path}"
                new = self.new["paths"].get(path, {}).get(method)
                if new is None:
                    self.add(where, "the route is gone")
                    continue
                if old["operationId"] != new["operationId"]:
                    self.add(where, f"the operation id {old['operationId']} is gone")
                self._parameters(where, old.get("parameters", []), new.get("parameters", []))
                self._body(where, old.get("requestBody", {}), new.get("requestBody", {}))
                self._answers(where, old["responses"], new["responses"])

    def _parameters(self, where: str, old: list[Json], new: list[Json]) -> None:
        known = {(each["in"], each["name"]): each for each in old}
        left = {(each["in"], each["name"]): each for each in new}
        for (place, name), parameter in known.items():
            if (place, name) not in left:
                self.add(where, f"the {place} parameter {name} is gone")
                continue
            schema = left[place, name]["schema"]
            self._schemas(f"{where} {name}", parameter["schema"], schema, "request")
        for (place, name), parameter in left.items():
            before = known.get((place, name), {})
            if parameter.get("required") and not before.get("required"):
                self.add(where, f"the {place} parameter {name} is required now")

    def _body(self, where: str, old: Json, new: Json) -> None:
        if new.get("required") and not old.get("required"):
            self.add(where, "a body is required now")
        self._contents(f"{where} body", old, new, "request")

    def _answers(self, where: str, old: Json, new: Json) -> None:
        """Compare successful responses only, as clients must expect every error anyway."""
        for status in (each for each in old if each.startswith("2")):
            if status not in new:
                self.add(where, f"the answer {status} is gone")
                continue
            self._contents(f"{where} {status}", old[status], new[status], "answer")

    def _contents(self, where: str, old: Json, new: Json, direction: Direction) -> None:
        left = new.get("content", {})
        for media_type, content in old.get("content", {}).items():
            if media_type not in left:
                self.add(where, f"{media_type} is gone")
                continue
            schema = left[media_type].get("schema", {})
            self._schemas(where, content.get("schema", {}), schema, direction)

    def _schemas(self, where: str, old: Json, new: Json, direction: Direction) -> None:
        before, now = shape(old, self.old), shape(new, self.new)
        if before.names and now.names:
            pair = (before.names, now.names, direction)
            if pair in self._compared:
                return
            self._compared.add(pair)
            if before.names == now.names:  # said once, not for each route that has it
                where = " or ".join(now.names)
        self._types(where, before, now, direction)
        self._fields(where, before, now, direction)
        if before.items is not None and now.items is not None:
            self._schemas(f"{where}[]", before.items, now.items, direction)

    def _types(self, where: str, before: Shape, now: Shape, direction: Direction) -> None:
        """Compare types: requests may accept more than before, responses may not return more."""
        if before.types and now.types and direction == "request":
            for name in sorted(before.types - now.types):
                self.add(where, f"{name} is not taken any more")
        elif before.types and now.types:
            for name in sorted(now.types - before.types):
                self.add(where, f"it can be {name} now")
        if before.values is not None and now.values is not None:
            for value in sorted(before.values - now.values):
                self.add(where, f"the value {value} is gone")

    def _fields(self, where: str, before: Shape, now: Shape, direction: Direction) -> None:
        for name, schema in before.fields.items():
            if name in now.fields:
                self._schemas(f"{where}.{name}", schema, now.fields[name], direction)
            else:
                self.add(where, f"the field {name} is gone")
        if direction == "request":
            for name in sorted(now.required - before.required):
                self.add(where, f"the field {name} is required now")


def breaks(old: Json, new: Json) -> list[str]:
    """The breaking changes from the old to the new document, in order, without duplicates."""
    comparison = Comparison(old, new)
    comparison.routes()
    return list(dict.fromkeys(comparison.breaks))


def complaints(found: list[str], page: str) -> list[str]:
    """Breaking changes that the page does not list with a reason, and its outdated lines."""
    listed = LISTED.findall(page)
    unlisted = [
        f"not in docs/api-changes.md: - `{each}`: (why)" for each in found if each not in listed
    ]
    return unlisted + [f"listed, but not so: {each}" for each in listed if each not in found]


def without_prose(part: Any, *, names: bool = False) -> Any:  # any JSON value
    if isinstance(part, list):
        return [without_prose(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        key: without_prose(value, names=key in NAMES)
        for key, value in part.items()
        if names or key not in PROSE
    }


def release_text(document: Json) -> str:
    """The document of a release: a line for each path and each component."""
    bare = without_prose(document)
    paths, schemas = (
        ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in part.items())
        for part in (bare["paths"], bare["components"]["schemas"])
    )
    return f'{{"paths": {{\n{paths}\n}}, "components": {{"schemas": {{\n{schemas}\n}}}}}}\n'


def read(path: Path) -> Json:
    document: Json = json.loads(path.read_text(encoding="utf-8"))
    return document


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--release", action="store_true", help="from now on compare with today's document"
    )
    if parser.parse_args().release:
        RELEASED.write_text(release_text(read(TODAY)), encoding="utf-8")
        print(f"Written: {RELEASED.relative_to(ROOT)}. Now empty the list of {LIST.name}.")
        return 0
    said = complaints(breaks(read(RELEASED), read(TODAY)), LIST.read_text(encoding="utf-8"))
    for line in said:
        print(f"The HTTP interface breaks its clients, {line}")
    return int(bool(said))


if __name__ == "__main__":
    sys.exit(main())

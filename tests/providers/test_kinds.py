"""Each row of each table refers to existing code, and its adapter accepts its arguments."""

import ast
from pathlib import Path
from typing import Any

import pytest

from mp4totext.providers import registry
from mp4totext.providers.kinds import KINDS, entries
from mp4totext.providers.registry import Entry
from mp4totext.settings import EngineSettings, Settings

SOURCES = Path(__file__).parents[2] / "src"
ROWS = [pytest.param(entry, id=f"{kind}-{name}") for kind, name, entry in entries()]


def named_settings(entry: Entry[Any]) -> set[str]:
    names = {entry.key, entry.base_url, *entry.needed_settings, *entry.options.values()}
    limits = getattr(entry.capabilities, "unlisted_limits", None)
    return {name for name in (*names, *(limits or ())) if name is not None}


@pytest.mark.parametrize("entry", ROWS)
def test_the_settings_of_a_row_exist(entry: Entry[Any]) -> None:
    known = {name.upper() for name in EngineSettings.model_fields}
    assert named_settings(entry) <= known


def arguments_of(factory: str) -> tuple[list[str], list[str], list[str]]:
    """The positional parameters, those by name, and which of the latter must be given.

    They are read, not imported: the packages of some engines are not installed.
    """
    module, _, name = factory.partition(":")
    source = (SOURCES / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
    (found,) = (node for node in ast.parse(source).body if getattr(node, "name", None) == name)
    if isinstance(found, ast.ClassDef):
        (found,) = (node for node in found.body if getattr(node, "name", None) == "__init__")
    assert isinstance(found, ast.FunctionDef)
    by_name = list(zip(found.args.kwonlyargs, found.args.kw_defaults, strict=True))
    return (
        [argument.arg for argument in found.args.args if argument.arg != "self"],
        [argument.arg for argument, _default in by_name],
        [argument.arg for argument, default in by_name if default is None],
    )


@pytest.mark.parametrize("entry", ROWS)
def test_its_adapter_takes_what_the_row_gives(entry: Entry[Any]) -> None:
    given = {*entry.options, *(["quirks"] if entry.quirks is not None else [])}
    positional, by_name, required = arguments_of(entry.factory)
    assert len(positional) == 1
    assert set(required) <= given <= set(by_name)


def test_each_kind_has_one_class_of_capabilities() -> None:
    for table in KINDS.values():
        assert len({type(entry.capabilities) for entry in table.values()}) <= 1


def test_a_row_without_what_it_needs_says_how_to_get_it() -> None:
    bare = Settings(engines=EngineSettings(_env_file=None))
    for kind, name, entry in entries():
        for variable in entry.needed_settings:
            if registry.setting(bare, variable) is None:
                assert registry.missing(entry, bare), f"{kind} {name}"

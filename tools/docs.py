"""Generates parts of the docs from the code; ``--check`` only reports which are out of date.

A part is between ``<!-- generated: NAME -->`` and ``<!-- end -->``. BLOCKS is the table of names.
"""

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import click
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from mp4totext.app import create_app
from mp4totext.cli import main as command
from mp4totext.credits.money import UC_PER_CREDIT
from mp4totext.credits.prices import DEFAULT_PRICES
from mp4totext.credits.prices import model_prices as prices_on
from mp4totext.exports.registry import docs_table as exports
from mp4totext.kit.clock import now
from mp4totext.kit.error_codes import ERROR_CODES, explained
from mp4totext.kit.packages import installation
from mp4totext.openai_api.fields import FIELDS as OPENAI_FIELDS
from mp4totext.providers.diarization.table import DIARIZATION
from mp4totext.providers.model_catalogue import shipped
from mp4totext.providers.registry import Entry
from mp4totext.providers.retirement import Model, verdict
from mp4totext.providers.speech.base import ALL_LANGUAGES
from mp4totext.providers.speech.table import SPEECH, configured_models
from mp4totext.settings import AppSettings, Settings
from mp4totext.videos.storyboard import Storyboard
from mp4totext.writing.kinds import KINDS
from mp4totext.writing.kinds.base import Strategy, TextKind

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(
    r"(?P<open><!-- generated: (?P<name>[\w-]+) -->\n).*?(?P<close>^<!-- end -->)",
    re.DOTALL | re.MULTILINE,
)


def table(header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    cells = (" | ".join(cell.replace("|", "\\|") for cell in line) for line in lines)
    return "\n".join(f"| {line} |" for line in cells)


def groups() -> Iterator[tuple[type[BaseSettings], Mapping[str, FieldInfo]]]:
    for field in Settings.model_fields.values():
        group = field.annotation
        assert isinstance(group, type)
        assert issubclass(group, BaseSettings)
        yield group, group.model_fields


def default_of(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def settings() -> str:
    parts = []
    for group, fields in groups():
        rows = (
            (
                f"`{name.upper()}`",
                f"`{default_of(field)}`" if default_of(field) else "",
                field.description or "",
            )
            for name, field in fields.items()
        )
        title = group.__name__.removesuffix("Settings")
        parts.append(f"## {title}\n\n{group.__doc__}\n")
        parts.append(table(("variable", "default", "what it does"), rows) + "\n")
    return "\n".join(parts).rstrip()


def env_example() -> str:
    lines = ["# Copy to .env and set what you need. Made by `make docs` from the settings."]
    for group, fields in groups():
        lines += ["", f"# --- {(group.__doc__ or '').rstrip('.')}"]
        for name, field in fields.items():
            lines += [f"# {field.description}", f"#{name.upper()}={default_of(field)}"]
    return "\n".join(lines) + "\n"


# Addresses with passwords in them.
SECRET_ADDRESSES = {"DATABASE_URL", "CELERY_BROKER_URL", "CELERY_RESULT_BACKEND"}


def secret_settings() -> set[str]:
    """Names of the settings that belong in a Kubernetes Secret."""
    return SECRET_ADDRESSES | {
        name.upper()
        for _group, fields in groups()
        for name, field in fields.items()
        if "SecretStr" in str(field.annotation)
    }


def cluster_settings() -> str:
    """All settings except secrets, in Kustomize's format. Lines with values are preserved."""
    path = ROOT / "deploy" / "k8s" / "settings.env"
    kept = dict(re.findall(r"^(\w+)=(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE))
    lines = [
        "# The ConfigMap of all pods; secrets are in secret.yaml. `make docs` adds new",
        "# settings, and keeps the lines that are set.",
    ]
    for group, fields in groups():
        lines += ["", f"# --- {(group.__doc__ or '').rstrip('.')}"]
        for name, field in fields.items():
            variable = name.upper()
            if variable in kept:
                lines.append(f"{variable}={kept[variable]}")
            elif variable not in secret_settings():
                lines.append(f"#{variable}={default_of(field)}")
    return "\n".join(lines) + "\n"


def credits_of(amount_uc: int) -> str:
    return f"{amount_uc / UC_PER_CREDIT:.3f}".rstrip("0").rstrip(".")


def prices() -> str:
    rows = (
        (f"`{price.key}`", price.description, credits_of(price.amount_uc), price.unit)
        for price in DEFAULT_PRICES
    )
    return table(("key", "what", "credits", "for one"), rows)


def model_prices() -> str:
    """The prices on the date of the release's catalogue, so that the page changes only with it."""
    catalogue = shipped()
    rows = (
        (
            price.provider,
            f"`{price.model}`" + (" (default)" if price.default else ""),
            f"{price.multiplier_milli / 1000:g}",
            credits_of(price.per_1000_chars_uc),
            *ending(price),
        )
        for price in prices_on(catalogue.models, catalogue.dated)
    )
    header = ("provider", "model", "multiplier", "credits for 1,000 characters", "ends", "then")
    return f"On {catalogue.dated}:\n\n{table(header, rows)}"


def openai_fields() -> str:
    rows = ((f"`{field.name}`", field.effect, field.note) for field in OPENAI_FIELDS)
    return table(("field", "what becomes of it", "how"), rows)


def speech_models() -> str:
    rows = (
        (
            entry.provider,
            f"`{entry.model}`" + (" (default)" if entry.default else ""),
            *ending(entry),
        )
        for entry in shipped().models
        if entry.kind == "speech"
    )
    return table(("engine", "model", "ends", "then"), rows)


def ending(model: Model) -> tuple[str, str]:
    replaced_by = f"`{model.replaced_by}`" if model.replaced_by else ""
    return str(model.retires_at or ""), replaced_by


def ending_defaults(today: date) -> list[str]:
    """Warnings for developers about defaults that are retired within 60 days."""
    named = {
        ("speech", engine, name)
        for engine, (_, names) in configured_models(Settings()).items()
        for name in names
    }
    results = [
        verdict(entry, today)
        for entry in shipped().models
        if entry.key in named or (entry.kind == "text" and entry.default)
    ]
    return [result.message for result in results if result.state != "sold"]


def text_kinds() -> str:
    """The kinds of text that users can order; `GET /text-kinds` has their schemas."""

    def answer(kind: TextKind) -> str:
        if kind.strategy is Strategy.LINES:
            return "Markdown, and each line"
        if kind.needs_search:
            return "Markdown, and sources"
        return "Markdown" if kind.answer is None else "Markdown, and data"

    rows = (
        (
            f"`{kind.name}`",
            kind.title,
            ", ".join(f"`{name}`" for name in kind.options.model_fields if name != "language"),
            answer(kind),
            languages(kind.local_languages) if kind.local else "needs a model",
            str(kind.min_words),
        )
        for kind in KINDS.values()
    )
    return table(("kind", "what", "options", "answer", "without a model", "words at least"), rows)


def languages(found: frozenset[str]) -> str:
    if ALL_LANGUAGES in found:
        return "all"
    return f"{len(found)} languages" if len(found) > 10 else ", ".join(sorted(found))


def needs_of(entry: Entry[Any]) -> list[str]:
    """The install command and the variables that an engine needs."""
    here = installation(prefix=ROOT / ".venv", current=ROOT)
    commands = [here.install(*entry.install)] if entry.install else []
    return [*commands, *entry.needed_settings]


def engine_rows() -> Iterator[tuple[str, ...]]:
    for name, entry in SPEECH.items():
        can = entry.capabilities
        said = {
            "word times": can.word_times,
            "hot words": can.vocabulary,
            "a prompt": can.prompt,
            "translation to English": can.translate_to_english,
            "speakers": can.diarization,
            "LLM gateway": can.llm_gateway,
            "live": can.live,
        }
        features = [what for what, has in said.items() if has]
        features += [
            f"{feature.replace('_', ' ')} ({languages(where)})"
            for feature, where in can.features.items()
        ]
        needs = [f"`{need}`" for need in needs_of(entry)]
        yield (
            f"`{name}`",
            entry.title,
            languages(can.languages),
            ", ".join(features),
            ", ".join(needs),
        )


def engines() -> str:
    return table(("engine", "what it is", "languages", "can do", "needs"), engine_rows())


def diarizers() -> str:
    rows = (
        (
            f"`{name}`",
            entry.title,
            ", ".join(f"`{need}`" for need in needs_of(entry)),
        )
        for name, entry in DIARIZATION.items()
    )
    return table(("name", "what it is", "needs"), rows)


def commands(
    found: click.Command, context: click.Context
) -> Iterator[tuple[click.Command, click.Context]]:
    """A command followed by all its subcommands, in the order of its help."""
    yield found, context
    if isinstance(found, click.Group):
        for name in found.list_commands(context):
            below = found.get_command(context, name)
            assert below is not None
            if not below.hidden:
                yield from commands(below, new_context(below, name, context))


def new_context(found: click.Command, name: str, parent: click.Context | None) -> click.Context:
    return click.Context(found, parent=parent, info_name=name, terminal_width=88)


def cli() -> str:
    parts = (
        f"## {context.command_path}\n\n```\n{found.get_help(context)}\n```"
        for found, context in commands(command, new_context(command, "mp4totext", None))
    )
    return "\n\n".join(parts)


@cache
def openapi() -> dict[str, Any]:
    """The OpenAPI document of a service with default settings."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(app=AppSettings(app_env="test", data_dir=Path(folder))))
        document = app.openapi()
    # Of the interface. That of the program changes with each commit, and is no change of it.
    document["info"]["version"] = "v1"
    del document["components"]["schemas"]["Health"]["properties"]["version"]["default"]
    return document


def openapi_file() -> str:
    return json.dumps(openapi(), indent=1, ensure_ascii=False) + "\n"


def storyboard_file() -> str:
    """The JSON Schema (2020-12) of a storyboard."""
    schema = Storyboard.model_json_schema(by_alias=True)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(head | schema, indent=1, ensure_ascii=False) + "\n"


def routes() -> str:
    paths = openapi()["paths"]
    rows = (
        (
            f"`{method.upper()} {path}`",
            route.get("summary", ""),
            ", ".join(sorted(route["responses"])),
        )
        for path, methods in sorted(paths.items())
        for method, route in methods.items()
    )
    return table(("route", "what it does", "answers"), rows)


def page_keys() -> str:
    """The table of the page's commands, with their English names."""
    source = (ROOT / "web" / "src" / "commands.ts").read_text(encoding="utf-8")
    catalogue = (ROOT / "web" / "src" / "languages" / "en.pages.ts").read_text(encoding="utf-8")
    named = catalogue.partition("commands: {")[2].partition("...speakerKeys")[0]
    labels = dict(re.findall(r'(\w+): "([^"]+)"', named))
    listed = r'\[((?:"[^"]*"(?:, )?)*)\]'  # a key may be a bracket itself
    row = rf'row\("(\w+)", "(\w+)", {listed}(?:, {listed})?\)'
    rows = (
        (labels[name], where, keys_of(keys), keys_of(express or keys))
        for name, where, keys, express in re.findall(row, source)
    )
    return table(("does", "where", "as oTranscribe", "as Express Scribe"), rows)


def keys_of(listed: str) -> str:
    return ", ".join(f"`{key}`" for key in re.findall(r'"([^"]+)"', listed))


BLOCKS: Mapping[str, Callable[[], str]] = {
    "settings": settings,
    "prices": prices,
    "model-prices": model_prices,
    "speech-models": speech_models,
    "openai-fields": openai_fields,
    "text-kinds": text_kinds,
    "exports": exports,
    "engines": engines,
    "diarizers": diarizers,
    "cli": cli,
    "routes": routes,
    "page-keys": page_keys,
}


def error_codes() -> str:
    """The page of error codes, with a heading for each, so that each has an anchor."""
    lines = [
        "# Error codes",
        "",
        "Generated by `make docs`. A service shows the same page at `/docs/errors`, to which a",
        "problem's `type` links. An error has a stable `code`, and a `detail` that says what",
        "happened and what to do. Codes that are not listed are a vendor's own.",
    ]
    for title, codes in ERROR_CODES.items():
        lines += ["", f"## {title}"]
        for code, sentence in codes.items():
            lines += ["", f"### {code}", "", explained(sentence)]
    return "\n".join(lines) + "\n"


WHOLE_FILES: Mapping[str, Callable[[], str]] = {
    ".env.example": env_example,
    "deploy/k8s/settings.env": cluster_settings,
    "docs/errors.md": error_codes,
    "docs/openapi.json": openapi_file,
    "docs/storyboard.schema.json": storyboard_file,
}


def locked_versions() -> dict[str, str]:
    lock = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)==([\w.+-]+)", lock, re.MULTILINE))


def with_locked_versions(text: str) -> str:
    """Set the second column of rows that begin with a locked package to its version."""
    locked = locked_versions()

    def fill(match: re.Match[str]) -> str:
        return f"| {match[1]} | {locked.get(match[1].lower(), match[2])} |"

    return re.sub(r"^\| ([\w.-]+) \| ([^|]+) \|", fill, text, flags=re.MULTILINE)


def filled(text: str, *, where: str) -> str:
    def fill(match: re.Match[str]) -> str:
        name = match["name"]
        if name not in BLOCKS:
            sys.exit(f"{where}: no generated part is called {name!r}; known: {', '.join(BLOCKS)}")
        return f"{match['open']}{BLOCKS[name]()}\n{match['close']}"

    return BLOCK.sub(fill, text)


def wanted() -> Iterator[tuple[Path, str]]:
    """Each file with generated parts, and its expected content."""
    for path in [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]:
        text = filled(path.read_text(encoding="utf-8"), where=path.name)
        yield path, with_locked_versions(text) if path.name == "dependencies.md" else text
    for name, make in WHOLE_FILES.items():
        yield ROOT / name, make()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail when stale")
    check = parser.parse_args().check
    stale = [
        (path, text)
        for path, text in wanted()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path, text in stale:
        print(f"{'Stale' if check else 'Written'}: {path.relative_to(ROOT)}")
        if not check:
            path.write_text(text, encoding="utf-8")
    if check and stale:
        print("Run `make docs` and commit the result.")
    for message in ending_defaults(now().date()):  # no failure: an old checkout stays buildable
        print(f"A default of this release: {message}", file=sys.stderr)
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())

"""``mp4totext doctor``: a self-test that names what is broken and what mends it."""

import platform
from collections.abc import Iterator
from pathlib import Path

import click

from mp4totext import __version__
from mp4totext.commands import checks
from mp4totext.commands.checks import Finding
from mp4totext.commands.failures import explained
from mp4totext.commands.local_run import hear, local_service
from mp4totext.commands.output import (
    data_option,
    json_option,
    print_json,
    print_table,
    quiet_logs,
    settings_for,
)
from mp4totext.commands.transcribe import sample_file
from mp4totext.kit.errors import AppError
from mp4totext.providers import registry
from mp4totext.providers.errors import ProviderError
from mp4totext.providers.kinds import entries
from mp4totext.providers.speech.table import bundled_engine
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings
from mp4totext.transcriptions.schemas import TranscriptionOptions

# What the sample's reader says; a few words, so that a better engine does not fail the test.
SAMPLE_WORDS = ("best of times", "worst of times", "age of wisdom", "spring of hope")
REINSTALL = "install the program again: `make install`"


@click.command()
@json_option
@data_option
@click.pass_context
def doctor(context: click.Context, as_json: bool, data: Path | None) -> None:  # noqa: FBT001
    """Tries every part and transcribes a known recording. Exit code 1 when something is broken.

    A vendor that is not configured is no fault: it only says what it would need.
    """
    quiet_logs()
    settings = settings_for(data)
    found = list(_findings(settings))
    if as_json:
        print_json([_facts(finding) for finding in found])
    else:
        print_table(("", "part", "found"), [_row(finding) for finding in found])
        for finding in found:
            if finding.mend is not None:
                color = "yellow" if finding.ok else "red"
                click.secho(f"{finding.part}: {finding.mend}", fg=color)
    context.exit(0 if all(finding.ok for finding in found) else 1)


def _findings(settings: Settings) -> Iterator[Finding]:
    yield Finding(
        part="program",
        ok=True,
        detail=f"{__version__}, Python {platform.python_version()}, {platform.platform()}",
    )
    runtime = Runtime(settings)
    try:
        folder = checks.data_folder(runtime)
        yield folder
        yield checks.secrets(runtime)
        yield checks.gpu_engines(runtime)
        if folder.ok:
            yield from _parts(runtime)
    finally:
        runtime.close()
    yield _transcription(settings)
    for kind, name, entry in entries():
        missing = registry.missing(entry, settings)
        yield Finding(
            part=f"{kind} {name}", ok=True, detail=missing or "ready", absent=missing is not None
        )


def _parts(runtime: Runtime) -> Iterator[Finding]:
    found = checks.database(runtime)
    yield found
    if found.ok:
        yield _schema(runtime)
    yield checks.broker(runtime)
    yield checks.storage(runtime)


def _schema(runtime: Runtime) -> Finding:
    """A SQLite file without tables is no fault: ``serve`` makes them."""
    found = checks.schema(runtime)
    if found.ok or not runtime.database.is_sqlite:
        return found
    return Finding(part="schema", ok=True, detail=f"{found.detail}; `serve` upgrades it")


def _transcription(settings: Settings) -> Finding:
    """The bundled engine on the recording whose words are known."""
    part = "transcription"
    options = TranscriptionOptions(engine=bundled_engine(), language="en")
    try:
        with local_service(settings) as runtime:
            result = hear(runtime, sample_file(), options, name="sample", tell=lambda _job: None)
    except (AppError, ProviderError, OSError) as error:
        return Finding(part=part, ok=False, detail=explained(error).message, mend=REINSTALL)
    if result.transcript is None:
        detail = result.error_message or "it failed"
        return Finding(part=part, ok=False, detail=detail, mend=REINSTALL)
    text = result.transcript.text.lower()
    missed = [words for words in SAMPLE_WORDS if words not in text]
    if missed:
        detail = f"the sample was heard without {', '.join(map(repr, missed))}"
        return Finding(part=part, ok=False, detail=detail, mend=REINSTALL)
    return Finding(part=part, ok=True, detail="the sample's words are right")


def _row(finding: Finding) -> tuple[str, str, str]:
    return _sign(finding), finding.part, finding.detail


def _sign(finding: Finding) -> str:
    if not finding.ok:
        return "✗"
    if finding.warning:
        return "!"
    return "-" if finding.absent else "✓"


def _facts(finding: Finding) -> dict[str, object]:
    return {
        "part": finding.part,
        "ok": finding.ok,
        "warning": finding.warning,
        "absent": finding.absent,
        "detail": finding.detail,
        "mend": finding.mend,
    }

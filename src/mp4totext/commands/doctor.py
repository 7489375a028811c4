"""``mp4totext doctor``: checks every part of the installation and suggests fixes."""

import platform
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click

from mp4totext import __version__, migrations
from mp4totext.commands import checks
from mp4totext.commands.checks import Finding
from mp4totext.commands.failures import explained
from mp4totext.commands.inputs import sample_file
from mp4totext.commands.messages import print_json
from mp4totext.commands.output import print_table, quiet_logs, settings_for
from mp4totext.kit.errors import AppError
from mp4totext.kit.packages import reinstall_command
from mp4totext.local_run.recordings import transcribe_file
from mp4totext.local_run.service import local_service
from mp4totext.providers import registry
from mp4totext.providers.errors import ProviderError
from mp4totext.providers.kinds import entries
from mp4totext.providers.speech.table import bundled_engine
from mp4totext.runtime import Runtime
from mp4totext.settings import Settings
from mp4totext.transcriptions.options import TranscriptionOptions

# Some words of the sample, as engines may spell the others differently.
SAMPLE_WORDS = ("best of times", "worst of times", "age of wisdom", "spring of hope")


def doctor(as_json: bool, data: Path | None) -> None:  # noqa: FBT001
    context = click.get_current_context()
    quiet_logs()
    settings = settings_for(data)
    findings = list(_findings(settings))
    if as_json:
        print_json([_facts(finding) for finding in findings])
    else:
        print_table(("", "part", "state"), [(_sign(f), f.part, f.detail) for f in findings])
        for finding in findings:
            if finding.fix is not None:
                color = "yellow" if finding.ok else "red"
                click.secho(f"{finding.part}: {finding.fix}", fg=color)
    context.exit(0 if all(finding.ok for finding in findings) else 1)


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
    transcription = _transcription(settings)
    # What the folder lacks was said, and models are derived in it.
    yield transcription if folder.ok else replace(transcription, fix=None)
    for kind, name, entry in entries():
        missing = registry.missing(entry, settings)
        yield Finding(
            part=f"{kind} {name}", ok=True, detail=missing or "ready", absent=missing is not None
        )


def _parts(runtime: Runtime) -> Iterator[Finding]:
    database = checks.database(runtime)
    yield database
    if database.ok:
        yield _schema(runtime)
        if migrations.at_head(runtime.database):
            yield checks.models(runtime)
    yield checks.broker(runtime)
    yield checks.storage(runtime)


def _schema(runtime: Runtime) -> Finding:
    """Check the schema. A SQLite file without or with old tables passes: ``serve`` upgrades it."""
    finding = checks.schema(runtime)
    if finding.ok or not runtime.database.is_sqlite:
        return finding
    return Finding(part="schema", ok=True, detail=f"{finding.detail}; `serve` brings it up to date")


def _transcription(settings: Settings) -> Finding:
    """Transcribe the sample with the bundled engine and look for some of its words."""
    part = "transcription"
    options = TranscriptionOptions(engine=bundled_engine(), language="en")
    try:
        with local_service(settings) as runtime:
            result = transcribe_file(
                runtime, sample_file(), options, name="sample", on_progress=lambda _job: None
            )
    except OSError as error:  # a full disk, with what to do
        return Finding(part=part, ok=False, detail=explained(error).message)
    except (AppError, ProviderError) as error:
        return Finding(part=part, ok=False, detail=explained(error).message, fix=_fix())
    if result.transcript is None:
        detail = result.error_message or "the sample's job failed"
        return Finding(part=part, ok=False, detail=detail, fix=_fix())
    text = result.transcript.text.lower()
    missed = [words for words in SAMPLE_WORDS if words not in text]
    if missed:
        detail = f"the sample's transcript lacks {', '.join(map(repr, missed))}"
        return Finding(part=part, ok=False, detail=detail, fix=_fix())
    return Finding(part=part, ok=True, detail="the sample was transcribed correctly")


def _fix() -> str:
    return f"reinstall the program: `{reinstall_command()}`"


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
        "fix": finding.fix,
    }

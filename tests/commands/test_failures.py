"""Messages of commands that fail."""

import sys
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from mp4totext.auth import sessions
from mp4totext.commands.failures import explained
from mp4totext.commands.messages import USAGE
from mp4totext.kit import tracing
from mp4totext.kit.db import Database
from mp4totext.kit.packages import install_command
from mp4totext.transcriptions.options import TranscriptionOptions


def test_a_database_without_tables_says_what_makes_them(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    with pytest.raises(DBAPIError) as refused, database.write() as session:
        sessions.make_code(session)
    database.close()
    failure = explained(refused.value)
    assert failure.code == "database"
    assert "`mp4totext db upgrade`" in failure.message


def test_options_that_do_not_fit_together_are_told_without_names_of_classes() -> None:
    with pytest.raises(ValidationError) as refused:
        TranscriptionOptions(min_speakers=3, max_speakers=2)
    assert explained(refused.value).message.startswith("`min_speakers` 3 is more than")


def test_tracing_without_its_packages_is_no_bug_but_a_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tracing, "_state", tracing._State())
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(tracing.TracingMissing) as refused:
        tracing.configure("http://127.0.0.1:1", service="test")
    failure = explained(refused.value)
    assert (failure.code, failure.exit_code) == ("setting", USAGE)
    assert failure.message.endswith(install_command("mp4totext[otel]"))

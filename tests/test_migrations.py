"""Migrations up and down on both databases with data, in parallel, and schema drift."""

import json
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, MetaData, Table, column, inspect, select, table, text, update

from mp4totext import migrations
from mp4totext.kit.clock import now
from mp4totext.kit.db import Base, Database
from mp4totext.kit.errors import AppError
from mp4totext.operations import OPERATIONS
from mp4totext.providers.speech.base import SpeechOptions
from mp4totext.transcript import Transcript, renumbered
from mp4totext.transcriptions.models import (
    TranscriptChange,
    TranscriptDetails,
    TranscriptSegment,
    TranscriptVersion,
)
from mp4totext.transcriptions.versions import recognised_of, transcript_of
from tests.support.slow_tests import one_in

ROOT = Path(__file__).parent.parent
FIRST = "0001"
FORGOTTEN = {"voices", "voice_suggestions"}
MOVED = {
    "voices": "speaker_profiles",
    "voice_consents": "speaker_profile_consents",
    "voice_suggestions": "speaker_profile_suggestions",
    "model_prices": "catalogue_models",
}
RENAMED = {
    ("voice_suggestions", "voice_id"): "profile_id",
    ("jobs", "rung_at"): "woken_at",
    ("jobs", "done_ms"): "done",
    ("jobs", "total_ms"): "total",
    ("job_steps", "done_ms"): "done",
}
LATER = [
    script.revision
    for script in reversed(
        list(ScriptDirectory(str(ROOT / "src/mp4totext/migrations")).walk_revisions(FIRST, "head"))
    )
    if script.revision != FIRST
]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        url = request.getfixturevalue("postgres_url")
    database = Database(url)
    yield database
    database.close()


def rows(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table but Alembic's own, whatever the schema is now."""
    found = MetaData()
    found.reflect(database.engine)
    with database.engine.connect() as connection:
        return {
            table.name: [
                dict(row._mapping)
                for row in connection.execute(select(table).order_by(*key(table)))
            ]
            for table in found.sorted_tables
            if table.name != "alembic_version"
        }


def key(table: Table) -> list[Any]:
    return list(table.primary_key.columns) or list(table.columns)


def fill(database: Database) -> None:
    """One row in every table, made for whatever columns it has at this revision."""
    found = MetaData()
    found.reflect(database.engine)
    with database.engine.execution_options(writes=True).begin() as connection:
        if not database.is_sqlite:
            connection.execute(text("SET session_replication_role = replica"))
        else:
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        for table in found.sorted_tables:
            if table.name == "alembic_version":
                continue
            connection.execute(
                table.insert().values(
                    {
                        c.name: value(table.name, c)
                        for c in table.columns
                        if not c.nullable or (table.name, c.name) in CHOSEN
                    }
                )
            )


def document(*segments: dict[str, Any], speakers: tuple[str, ...]) -> dict[str, Any]:
    """A transcript as releases stored it that had one in one column."""
    return {
        "duration_ms": 9_000,
        "language": "en",
        "language_confidence": 0.9,
        "segments": list(segments),
        "speakers": [{"id": speaker, "name": None} for speaker in speakers],
        "coverage": [
            {"start_ms": 0, "end_ms": 9_000, "kind": "speech", "text": None, "reason": None}
        ],
        "engine": "x",
        "model": "x",
        "warnings": ["A warning."],
    }


def line(
    number: int, start_ms: int, text: str, speaker: str, *, recognised: str | None = None
) -> dict[str, Any]:
    words = [
        {
            "text": word,
            "start_ms": start_ms + n * 500,
            "end_ms": start_ms + n * 500 + 400,
            "confidence": 0.8,
            "speaker": speaker,
            "speaker_confidence": None,
            "estimated": False,
        }
        for n, word in enumerate(text.split())
    ]
    return {
        "id": f"s{number}",
        "start_ms": start_ms,
        "end_ms": words[-1]["end_ms"],
        "text": text,
        "words": words,
        "speaker": speaker,
        "confidence": 0.8,
        "language": None,
        "recognised_text": recognised,
    }


RECOGNISED = document(
    line(1, 0, "good morning", "S1"),
    line(2, 1_500, "thank you for having me", "S2"),
    line(3, 5_000, "how was it", "S1"),
    speakers=("S1", "S2"),
)
# A text was corrected; a range was given to another speaker, which numbered all lines anew.
EDITED = document(
    line(1, 0, "Good morning!", "S1", recognised="good morning"),
    line(2, 1_500, "thank you", "S2"),
    line(3, 2_500, "for having me", "S1"),
    line(4, 5_000, "how was it", "S1"),
    speakers=("S1", "S2"),
)

# What a constraint of the table asks for, or is worth to be looked at.
CHOSEN: dict[tuple[str, str], object] = {
    ("users", "role"): "user",
    ("transcript_versions", "language"): "en",
    ("transcript_versions", "recognised"): RECOGNISED,
    ("transcript_versions", "edited"): EDITED,
    ("transcript_versions", "understanding"): {"chapters": []},
    ("transcript_versions", "text"): " ".join(s["text"] for s in EDITED["segments"]),
}
# What is in rows of its own since, see the tests of segments as rows.
APART = {
    ("transcript_versions", name) for name in ("recognised", "edited", "understanding", "text")
}


def value(table: str, column: Any) -> object:
    if (table, column.name) in CHOSEN:
        return CHOSEN[table, column.name]
    at = now() - timedelta(hours=1)
    plain: dict[str, object] = {"INTEGER": 1, "BIGINT": 1, "BOOLEAN": False, "JSON": {"kept": 1}}
    kind = str(column.type).split("(")[0].upper()
    if kind in ("DATETIME", "TIMESTAMP"):
        return at.replace(tzinfo=None) if kind == "DATETIME" else at
    if kind in ("BLOB", "BYTEA"):
        return b"x"
    if kind in ("FLOAT", "DOUBLE PRECISION"):
        return 0.5
    if kind in plain:
        return plain[kind]
    return "x"  # every id is the same, so every foreign key points at a row


def test_an_empty_database_gets_the_schema_of_the_code(database: Database) -> None:
    assert not migrations.at_head(database)
    migrations.upgrade(database)
    assert migrations.at_head(database)
    assert migrations.differences(database) == []
    migrations.upgrade(database)  # again: nothing to do


@pytest.mark.slow
def test_the_first_releases_data_survives_every_step_up_and_down(database: Database) -> None:
    migrations.upgrade(database, FIRST)
    fill(database)
    before = rows(database)
    assert all(len(found) == 1 for found in before.values())
    for revision in LATER:
        migrations.upgrade(database, revision)
        kept(before, rows(database))
    migrations.downgrade(database, FIRST)
    assert rows(database) == before
    migrations.upgrade(database)
    kept(before, rows(database))


def kept(before: dict[str, list[dict[str, Any]]], after: dict[str, list[dict[str, Any]]]) -> None:
    """Every old column of every old row, maybe under its new name; there may be new ones."""
    for name, old in before.items():
        now_called = name if name in after else MOVED[name]
        assert [_as_before(name, row, old[0]) for row in after[now_called]] == old, name


def _as_before(table: str, row: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    if table == "model_prices" and "edits" in row:  # a price is an edit of the model's row
        edits = row["edits"]
        row = row | {
            "multiplier_milli": int(Decimal(edits["multiplier"]) * 1000),
            "per_1000_chars_uc": int(Decimal(edits["rate"]) * 1_000_000),
            "active": edits["active"],
        }

    def now(column: str) -> Any:
        if column not in row and (table, column) in APART:
            return old[column]
        return row[column] if column in row else row[RENAMED[table, column]]

    return {column: now(column) for column in old}


# --- segments as rows ----------------------------------------------------------------------------


@pytest.fixture
def with_a_document(database: Database) -> Database:
    """A version that was edited, in the release before."""
    migrations.upgrade(database, "0010")
    fill(database)
    return database


def shown_and_recognised(database: Database) -> tuple[Transcript, Transcript]:
    with database.read() as session:
        version = session.scalars(select(TranscriptVersion)).one()
        return transcript_of(session, version), recognised_of(session, version)


def stored_as(transcript: Transcript) -> dict[str, Any]:
    """In the shape of the releases before, which knew less of segments."""
    stored = asdict(transcript)
    segments = [
        {name: value for name, value in segment.items() if name not in ("checked", "origins")}
        for segment in stored["segments"]
    ]
    found: dict[str, Any] = json.loads(json.dumps(stored | {"segments": segments}))
    return found


def test_an_edited_transcript_becomes_rows(with_a_document: Database) -> None:
    migrations.upgrade(with_a_document)
    shown, recognised = shown_and_recognised(with_a_document)
    assert stored_as(shown) == EDITED | {"sources": []}
    numbered = replace(recognised, segments=renumbered(recognised.segments))
    assert stored_as(numbered) == RECOGNISED | {"sources": []}
    assert [segment.origins for segment in shown.segments] == [None, ("s3",), None, None]
    with with_a_document.read() as session:
        details = session.scalars(select(TranscriptDetails)).one()
        assert details.understanding == {"chapters": []}
        segments = session.scalars(select(TranscriptSegment).order_by(TranscriptSegment.position))
        facts = [(s.id, s.revision, s.added, s.removed) for s in segments]
    assert facts == [
        ("s1", 1, False, False),
        ("s2", 1, True, False),
        ("s3", 1, False, False),
        ("s4", 0, False, False),
    ]


def test_rows_become_the_same_documents_again(with_a_document: Database) -> None:
    before = rows(with_a_document)
    migrations.upgrade(with_a_document)
    migrations.downgrade(with_a_document, "0010")
    assert rows(with_a_document) == before


@pytest.mark.slow
@pytest.mark.no_cover  # tracing would take longer than the work
def test_many_transcripts_are_converted_one_at_a_time(with_a_document: Database) -> None:
    """Flat memory: seven take hardly more than one; all at once would take fifty times as much."""
    old = MetaData()
    old.reflect(with_a_document.engine, only=["transcript_versions"])
    table = old.tables["transcript_versions"]
    (kept,) = rows(with_a_document)["transcript_versions"]
    long = document(*(line(n, n * 10, "word " * 60, "S1") for n in range(1, 60)), speakers=("S1",))
    with with_a_document.engine.execution_options(writes=True).begin() as connection:
        if not with_a_document.is_sqlite:
            connection.execute(text("SET session_replication_role = replica"))
        for number in range(2, 8):
            values = kept | {"number": number, "recognised": long, "edited": long}
            connection.execute(table.insert().values(values))
    tracemalloc.start()
    migrations.upgrade(with_a_document)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    one = len(json.dumps(long))
    assert peak < 20 * one


@pytest.mark.parametrize("kept", one_in(2, ["a change", "a confirmed segment"]))
def test_a_downgrade_that_would_lose_edits_is_refused(with_a_document: Database, kept: str) -> None:
    migrations.upgrade(with_a_document)
    with with_a_document.write() as session:
        version = session.scalars(select(TranscriptVersion)).one()
        if kept == "a change":
            session.add(
                TranscriptChange(
                    transcription_id=version.transcription_id,
                    version=version.number,
                    revision=2,
                    at=now(),
                    kind="segments",
                    before={},
                    after={},
                    placed={},
                )
            )
        else:
            session.execute(update(TranscriptSegment).values(checked=True))
    before = rows(with_a_document)
    with pytest.raises(AppError, match="nothing was changed") as refused:
        migrations.downgrade(with_a_document, "0010")
    assert refused.value.code == "downgrade_loses_data"
    assert "DELETE FROM transcript_changes" in refused.value.message
    assert migrations.at_head(with_a_document)
    assert rows(with_a_document) == before


def test_voices_of_the_encoder_before_are_forgotten(database: Database) -> None:
    migrations.upgrade(database, "0006")
    fill(database)
    before = rows(database)
    migrations.upgrade(database, "0007")
    after = rows(database)
    assert {name for name in before if after[name] != before[name]} == FORGOTTEN
    assert all(after[name] == [] for name in FORGOTTEN)


# What jobs were accepted with before an order had parts.
OLD_ORDER = {
    "transcription_id": "trn_1",
    "media_key": "media/trn_1/original",
    "duration_ms": 60_000,
    "engine": "assemblyai",
    "model": "universal-2",
    "language": "en",
    "diarizer": None,
    "speaker_labels": True,
    "min_speakers": 2,
    "max_speakers": None,
    "vocabulary": ["Dickens"],
    "translate_to_english": False,
    "features": ["sentiment_analysis"],
    "texts": [],
    "gateway": None,
    "fallback": {"engine": "moonshine", "diarizer": "local", "gateway": False, "without": []},
    "queue": None,
}
OLD_DIARIZATION = {
    "transcription_id": "trn_1",
    "version": 2,
    "media_key": "media/trn_1/original",
    "duration_ms": 60_000,
    "diarizer": "local",
    "min_speakers": None,
    "max_speakers": 3,
    "queue": "gpu",
}
OLD_PARAMS = {
    "transcribe": OLD_ORDER,
    "import": {
        "transcription_id": "trn_1",
        "url": "https://example.org/talk.mp4",
        "transcribe": OLD_ORDER,
        "priority": "low",
    },
    "diarize": OLD_DIARIZATION,
}


@pytest.mark.parametrize("operation", one_in(3, OLD_PARAMS))
def test_a_job_accepted_before_orders_had_parts_still_runs(
    database: Database, operation: str
) -> None:
    migrations.upgrade(database, "0009")
    fill(database)
    jobs = table("jobs", column("operation"), column("params", JSON))
    change = jobs.update().values(operation=operation, params=OLD_PARAMS[operation])
    with database.engine.execution_options(writes=True).begin() as connection:
        connection.execute(change)
    migrations.upgrade(database, "0010")
    (job,) = rows(database)["jobs"]
    order = OPERATIONS[operation].params.model_validate(job["params"])
    if operation == "import":
        order = order.transcribe
    assert order.recording.transcription_id == "trn_1"
    if operation == "diarize":
        assert (order.diarizer, order.limits.max_speakers) == ("local", 3)
    else:
        assert (order.engine.engine, order.speakers.min_speakers) == ("assemblyai", 2)
        assert order.speech == SpeechOptions(
            language="en", model="universal-2", vocabulary=("Dickens",)
        )
        assert order.taken_over().engine.diarizer == "local"
    migrations.downgrade(database, "0009")
    (job,) = rows(database)["jobs"]
    assert job["params"] == OLD_PARAMS[operation]


@pytest.mark.slow
def test_everything_can_be_taken_down_again(database: Database) -> None:
    migrations.upgrade(database)
    migrations.downgrade(database, "base")
    assert set(inspect(database.engine).get_table_names()) <= {"alembic_version"}


def test_drift_is_noticed(database: Database) -> None:
    migrations.upgrade(database)
    with database.engine.execution_options(writes=True).begin() as connection:
        connection.execute(text("ALTER TABLE jobs ADD COLUMN by_hand INTEGER"))
        connection.execute(text("DROP INDEX ix_jobs_user_id_state"))
    found = " ".join(migrations.differences(database))
    assert "by_hand" in found
    assert "ix_jobs_user_id_state" in found


@pytest.mark.slow
def test_two_processes_may_upgrade_at_once(database: Database) -> None:
    script = (
        "import sys; from mp4totext import migrations; from mp4totext.kit.db import Database\n"
        "sys.stdin.readline()\n"
        "migrations.upgrade(Database(sys.argv[1]))\n"
    )
    url = database.engine.url.render_as_string(hide_password=False)
    several = [
        subprocess.Popen(
            [sys.executable, "-c", script, url],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PYTHONPATH": str(ROOT / "src")},
            text=True,
        )
        for _ in range(3)
    ]
    for process in several:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in several:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
    assert migrations.at_head(database)
    assert set(inspect(database.engine).get_table_names()) > set(Base.metadata.tables)


def test_migrations_form_one_line() -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "src/mp4totext/migrations"))
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1

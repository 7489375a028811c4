"""What a job about a recording is to do is one order, in parts"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

Params = dict[str, Any]

SPEECH = ("language", "model", "vocabulary", "translate_to_english")
KEPT = ("features", "gateway", "texts", "fallback", "queue")


def upgrade() -> None:
    _convert("transcribe", _order)
    _convert("import", lambda old: _without_id(old) | {"transcribe": _order(old["transcribe"])})
    _convert("diarize", _diarization)


def downgrade() -> None:
    _convert("transcribe", _flat)
    _convert("import", _flat_import)
    _convert("diarize", _flat_diarization)


def _order(old: Params) -> Params:
    engine = {"engine": old["engine"], "diarizer": old.get("diarizer"), "without": []}
    asked = old.get("speaker_labels") or old.get("diarizer")
    return {
        "recording": _recording(old),
        "engine": engine | {"gateway": old.get("gateway") is not None},
        "speech": _some(old, *SPEECH),
        "speakers": _some(old, "min_speakers", "max_speakers") if asked else None,
    } | _some(old, *KEPT)


def _flat(new: Params) -> Params:
    limits = new.get("speakers")
    return {
        **new["recording"],
        "engine": new["engine"]["engine"],
        "diarizer": new["engine"].get("diarizer"),
        "speaker_labels": limits is not None,
        **new["speech"],
        **(limits or {}),
        **_some(new, *KEPT),
    }


def _flat_import(new: Params) -> Params:
    transcribe = _flat(new["transcribe"])
    return new | {"transcription_id": transcribe["transcription_id"], "transcribe": transcribe}


def _diarization(old: Params) -> Params:
    return {
        "recording": _recording(old),
        "limits": _some(old, "min_speakers", "max_speakers"),
    } | _some(old, "version", "diarizer", "queue")


def _flat_diarization(new: Params) -> Params:
    return {**new["recording"], **new["limits"], **_some(new, "version", "diarizer", "queue")}


def _recording(old: Params) -> Params:
    return _some(old, "transcription_id", "media_key", "duration_ms")


def _without_id(old: Params) -> Params:
    return {name: value for name, value in old.items() if name != "transcription_id"}


def _some(params: Params, *names: str) -> Params:
    """Those of the names that are there; the others have defaults."""
    return {name: params[name] for name in names if name in params}


def _convert(operation: str, convert: Callable[[Params], Params]) -> None:
    jobs = sa.table(
        "jobs",
        sa.column("id", sa.String),
        sa.column("operation", sa.String),
        sa.column("params", sa.JSON),
    )
    connection = op.get_bind()
    rows = connection.execute(
        sa.select(jobs.c.id, jobs.c.params).where(jobs.c.operation == operation)
    )
    for row in rows.all():
        connection.execute(
            jobs.update().where(jobs.c.id == row.id).values(params=convert(row.params))
        )

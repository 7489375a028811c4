"""Voices are speaker profiles: a voice is what speaks in a video"""

import sqlalchemy as sa
from alembic import op

from mp4totext.kit.db import Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make(consents="speaker_profile_consents", profiles="speaker_profiles", one="profile")
    _move("voice", "speaker_profile", "voice_id", "profile_id")
    _drop("voice_suggestions", "voices", "voice_consents")
    _rename("enrol_voice", "learn_speaker_profile", "voice", "speaker_profile")


def downgrade() -> None:
    _make(consents="voice_consents", profiles="voices", one="voice")
    _move("speaker_profile", "voice", "profile_id", "voice_id")
    _drop("speaker_profile_suggestions", "speaker_profiles", "speaker_profile_consents")
    _rename("learn_speaker_profile", "enrol_voice", "speaker_profile", "voice")


def _make(*, consents: str, profiles: str, one: str) -> None:
    suggestions = f"{consents.removesuffix('_consents')}_suggestions"
    op.create_table(
        consents,
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("given_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=f"fk_{consents}_user_id_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=f"pk_{consents}"),
    )
    op.create_table(
        profiles,
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("transcription_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("speech_ms", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("embedding", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=f"fk_{profiles}_user_id_users", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["transcription_id"],
            ["transcriptions.id"],
            name=f"fk_{profiles}_transcription_id_transcriptions",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{profiles}"),
    )
    op.create_index(f"ix_{profiles}_user_id", profiles, ["user_id"])
    op.create_index(f"ix_{profiles}_transcription_id", profiles, ["transcription_id"])
    op.create_table(
        suggestions,
        sa.Column("transcription_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("speaker", sa.String(length=20), nullable=False),
        sa.Column(f"{one}_id", sa.String(length=40), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transcription_id", "version"],
            ["transcript_versions.transcription_id", "transcript_versions.number"],
            name=f"fk_{suggestions}_version",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            [f"{one}_id"],
            [f"{profiles}.id"],
            name=f"fk_{suggestions}_{one}_id_{profiles}",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "transcription_id", "version", "speaker", f"{one}_id", name=f"pk_{suggestions}"
        ),
    )
    op.create_index(f"ix_{suggestions}_{one}_id", suggestions, [f"{one}_id"])


def _move(old: str, new: str, old_id: str, new_id: str) -> None:
    profile = {name: name for name in ("id", "user_id", "transcription_id", "name", "speech_ms")}
    _copy(f"{old}_consents", f"{new}_consents", {"user_id": "user_id", "given_at": "given_at"})
    _copy(f"{old}s", f"{new}s", profile | {"created_at": "created_at", "embedding": "embedding"})
    match = {name: name for name in ("transcription_id", "version", "speaker", "score")}
    _copy(f"{old}_suggestions", f"{new}_suggestions", match | {old_id: new_id})


def _copy(old: str, new: str, columns: dict[str, str]) -> None:
    """All rows; ``columns`` from the old name to the new one."""
    rows = sa.select(sa.table(old, *(sa.column(name) for name in columns)))
    target = sa.table(new, *(sa.column(name) for name in columns.values()))
    op.execute(target.insert().from_select(list(columns.values()), rows))


def _drop(*tables: str) -> None:
    for table in tables:
        op.drop_table(table)


def _rename(old_operation: str, new_operation: str, old_price: str, new_price: str) -> None:
    jobs = sa.table("jobs", sa.column("operation", sa.String))
    op.execute(
        jobs.update().where(jobs.c.operation == old_operation).values(operation=new_operation)
    )
    prices = sa.table("prices", sa.column("key", sa.String))
    op.execute(prices.update().where(prices.c.key == old_price).values(key=new_price))

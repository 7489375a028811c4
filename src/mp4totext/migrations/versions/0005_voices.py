"""Voices an account chose to have recognised, and whom they are suggested for"""

import sqlalchemy as sa
from alembic import op

from mp4totext.kit.db import Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "voice_consents",
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("given_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_voice_consents_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_voice_consents")),
    )
    op.create_table(
        "voices",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("transcription_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("speech_ms", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("embedding", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_voices_user_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["transcription_id"],
            ["transcriptions.id"],
            name=op.f("fk_voices_transcription_id_transcriptions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voices")),
    )
    with op.batch_alter_table("voices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_voices_user_id"), ["user_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_voices_transcription_id"), ["transcription_id"], unique=False
        )
    op.create_table(
        "voice_suggestions",
        sa.Column("transcription_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("speaker", sa.String(length=20), nullable=False),
        sa.Column("voice_id", sa.String(length=40), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transcription_id", "version"],
            ["transcript_versions.transcription_id", "transcript_versions.number"],
            name="fk_voice_suggestions_version",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["voice_id"],
            ["voices.id"],
            name=op.f("fk_voice_suggestions_voice_id_voices"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "transcription_id",
            "version",
            "speaker",
            "voice_id",
            name=op.f("pk_voice_suggestions"),
        ),
    )
    with op.batch_alter_table("voice_suggestions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_voice_suggestions_voice_id"), ["voice_id"], unique=False
        )


def downgrade() -> None:
    op.drop_table("voice_suggestions")
    op.drop_table("voices")
    op.drop_table("voice_consents")

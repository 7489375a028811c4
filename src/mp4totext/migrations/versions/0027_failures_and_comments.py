"""Sentences of failed jobs for readers of other languages, and comments on shares"""

import sqlalchemy as sa
from alembic import op

from mp4totext.kit.db import Instant

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("error_sentence", sa.JSON(), nullable=True))
    op.add_column(
        "shares",
        sa.Column("may_comment", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_table(
        "share_comments",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("user_id", sa.String(40), nullable=False),
        sa.Column("transcription_id", sa.String(40), nullable=False),
        sa.Column("share_id", sa.String(40), nullable=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_share_comments_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["transcription_id"],
            ["transcriptions.id"],
            name=op.f("fk_share_comments_transcription_id_transcriptions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["share_id"],
            ["shares.id"],
            name=op.f("fk_share_comments_share_id_shares"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_comments")),
    )
    op.create_index(
        "ix_share_comments_transcription_id_id", "share_comments", ["transcription_id", "id"]
    )
    op.create_index(op.f("ix_share_comments_user_id"), "share_comments", ["user_id"])
    op.create_index(op.f("ix_share_comments_share_id"), "share_comments", ["share_id"])


def downgrade() -> None:
    op.drop_table("share_comments")
    op.drop_column("shares", "may_comment")
    op.drop_column("jobs", "error_sentence")

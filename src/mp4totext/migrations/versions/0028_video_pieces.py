"""Spoken lines and drawn segments of videos, kept; fonts, intros and outros of brands"""

import sqlalchemy as sa
from alembic import op

from mp4totext.kit.db import Instant

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "video_pieces",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("user_id", sa.String(40), nullable=False),
        sa.Column("transcription_id", sa.String(40), nullable=False),
        sa.Column("video_id", sa.String(40), nullable=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("extension", sa.String(10), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("length_ms", sa.Integer(), nullable=True),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.Column("paid", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_video_pieces_user_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["transcription_id"],
            ["transcriptions.id"],
            name=op.f("fk_video_pieces_transcription_id_transcriptions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_video_pieces")),
        sa.UniqueConstraint("user_id", "fingerprint", name=op.f("uq_video_pieces_user_id")),
    )
    op.create_index("ix_video_pieces_transcription_id", "video_pieces", ["transcription_id"])
    op.create_index("ix_video_pieces_video_id", "video_pieces", ["video_id"])
    op.create_index("ix_video_pieces_kind_used_at", "video_pieces", ["kind", "used_at"])
    with op.batch_alter_table("brands") as brands:
        for name in ("font", "intro", "outro"):
            brands.add_column(sa.Column(name, sa.JSON(), nullable=True))
        brands.add_column(
            sa.Column("size_bytes", sa.BigInteger(), nullable=False, server_default="0")
        )
        brands.alter_column("size_bytes", server_default=None)
    with op.batch_alter_table("videos") as videos:
        videos.add_column(sa.Column("intro_ms", sa.Integer(), nullable=False, server_default="0"))
        videos.alter_column("intro_ms", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("videos") as videos:
        videos.drop_column("intro_ms")
    with op.batch_alter_table("brands") as brands:
        for name in ("size_bytes", "outro", "intro", "font"):
            brands.drop_column(name)
    op.drop_table("video_pieces")

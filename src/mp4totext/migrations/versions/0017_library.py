"""Order in the library: tags, archive and bin"""

import sqlalchemy as sa
from alembic import op

from mp4totext.kit.db import Instant

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("transcriptions", sa.Column("archived_at", Instant(), nullable=True))
    op.add_column("transcriptions", sa.Column("binned_at", Instant(), nullable=True))
    op.create_index("ix_transcriptions_binned_at", "transcriptions", ["binned_at"])
    op.create_table(
        "tags",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("folded", sa.String(length=200), nullable=False),
        sa.Column("colour", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_tags_user_id_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_tags"),
    )
    op.create_index("ix_tags_user_id_folded", "tags", ["user_id", "folded"], unique=True)
    op.create_table(
        "transcription_tags",
        sa.Column("transcription_id", sa.String(length=40), nullable=False),
        sa.Column("tag_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["transcription_id"],
            ["transcriptions.id"],
            name="fk_transcription_tags_transcription_id_transcriptions",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tags.id"], name="fk_transcription_tags_tag_id_tags", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("transcription_id", "tag_id", name="pk_transcription_tags"),
    )
    op.create_index("ix_transcription_tags_tag_id", "transcription_tags", ["tag_id"])


def downgrade() -> None:
    op.drop_table("transcription_tags")
    op.drop_table("tags")
    op.drop_index("ix_transcriptions_binned_at", table_name="transcriptions")
    with op.batch_alter_table("transcriptions") as batch:
        batch.drop_column("binned_at")
        batch.drop_column("archived_at")

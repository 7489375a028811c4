"""What was made of a recording for players"""

import sqlalchemy as sa
from alembic import op

from mp4totext.kit.db import Instant

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "renditions",
        sa.Column("transcription_id", sa.String(length=40), nullable=False),
        sa.Column("playback", sa.String(length=10), nullable=False),
        sa.Column("playback_bytes", sa.Integer(), nullable=True),
        sa.Column("peaks", sa.Integer(), nullable=False),
        sa.Column("poster_bytes", sa.Integer(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["transcription_id"],
            ["transcriptions.id"],
            name="fk_renditions_transcription_id_transcriptions",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("transcription_id", name="pk_renditions"),
    )


def downgrade() -> None:
    op.drop_table("renditions")

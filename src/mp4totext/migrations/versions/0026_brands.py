"""Brands of videos"""

import sqlalchemy as sa
from alembic import op

from mp4totext.kit.db import Instant

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "brands",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("user_id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("colours", sa.JSON(), nullable=True),
        sa.Column("logo", sa.JSON(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_brands_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brands")),
    )
    op.create_index("ix_brands_user_id_id", "brands", ["user_id", "id"])


def downgrade() -> None:
    op.drop_table("brands")

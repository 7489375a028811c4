"""Codes with which people set their own password"""

import sqlalchemy as sa
from alembic import op

from mp4totext.kit.db import Instant

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "password_codes",
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_password_codes_user_id_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name="pk_password_codes"),
        sa.UniqueConstraint("code_hash", name="uq_password_codes_code_hash"),
    )


def downgrade() -> None:
    op.drop_table("password_codes")

"""Accounts that their owners end"""

import sqlalchemy as sa
from alembic import op

from mp4totext.kit.db import Instant

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("delete_at", Instant(), nullable=True))
    op.create_index(op.f("ix_users_delete_at"), "users", ["delete_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_users_delete_at"), "users")
    op.drop_column("users", "delete_at")

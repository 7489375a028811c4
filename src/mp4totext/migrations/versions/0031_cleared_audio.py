"""Clients of live sessions can clear audio that is not transcribed yet"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "live_sessions",
        sa.Column("cleared_bytes", sa.BigInteger(), nullable=False, server_default="0"),
    )


def downgrade() -> None:
    with op.batch_alter_table("live_sessions") as batch_op:
        batch_op.drop_column("cleared_bytes")

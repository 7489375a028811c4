"""Sessions of browsers: a login may have a cookie's secret instead of refresh tokens"""

import sqlalchemy as sa
from alembic import op

from mp4totext.kit.db import Instant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("logins") as batch:
        batch.add_column(sa.Column("secret_hash", sa.String(length=64), nullable=True))
        batch.add_column(sa.Column("last_used_at", Instant(), nullable=True))
        batch.add_column(
            sa.Column("device", sa.String(length=300), nullable=False, server_default="")
        )
        batch.create_unique_constraint("uq_logins_secret_hash", ["secret_hash"])
    with op.batch_alter_table("logins") as batch:
        batch.alter_column("device", server_default=None)
    op.create_table(
        "sign_in_codes",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name="pk_sign_in_codes"),
    )


def downgrade() -> None:
    op.drop_table("sign_in_codes")
    with op.batch_alter_table("logins") as batch:
        batch.drop_constraint("uq_logins_secret_hash", type_="unique")
        batch.drop_column("device")
        batch.drop_column("last_used_at")
        batch.drop_column("secret_hash")

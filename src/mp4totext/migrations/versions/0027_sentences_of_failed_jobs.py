"""Sentences of failed jobs, for readers of other languages"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("error_sentence", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("jobs", "error_sentence")

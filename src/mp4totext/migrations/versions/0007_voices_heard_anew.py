"""Voices are compared by another network: those learned by the one before mean nothing to it"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        # A new file for the table: the embeddings do not stay in the old one.
        op.execute(sa.text("TRUNCATE voice_suggestions, voices"))
    else:
        op.execute(sa.text("DELETE FROM voice_suggestions"))
        op.execute(sa.text("DELETE FROM voices"))


def downgrade() -> None:
    """Nothing to do: voices are learned again."""

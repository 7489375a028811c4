"""Stored answers that contain words of a recording are deleted with it"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("idempotent_answers", sa.Column("subject_id", sa.String(40), nullable=True))
    op.create_index(op.f("ix_idempotent_answers_subject_id"), "idempotent_answers", ["subject_id"])


def downgrade() -> None:
    with op.batch_alter_table("idempotent_answers") as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotent_answers_subject_id"))
        batch_op.drop_column("subject_id")

"""Videos begin as drafts, whose storyboard is changed before they are rendered"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("videos", schema=None) as batch_op:
        batch_op.alter_column("job_id", existing_type=sa.String(40), nullable=True)
        batch_op.add_column(
            sa.Column("revision", sa.Integer(), nullable=False, server_default=sa.text("1"))
        )
        batch_op.add_column(sa.Column("rendered_revision", sa.Integer(), nullable=True))
    op.execute("UPDATE videos SET rendered_revision = 1 WHERE finished_at IS NOT NULL")
    with op.batch_alter_table("videos", schema=None) as batch_op:
        batch_op.alter_column("revision", existing_type=sa.Integer(), server_default=None)


def downgrade() -> None:
    op.execute("DELETE FROM videos WHERE job_id IS NULL")
    with op.batch_alter_table("videos", schema=None) as batch_op:
        batch_op.drop_column("rendered_revision")
        batch_op.drop_column("revision")
        batch_op.alter_column("job_id", existing_type=sa.String(40), nullable=False)

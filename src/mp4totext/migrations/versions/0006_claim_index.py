"""A claim walks from one waiting user to the next along an index"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WALKED = "ix_jobs_state_priority_user_id_id"
BEFORE = "ix_jobs_state_queue_priority"


def upgrade() -> None:
    op.create_index(WALKED, "jobs", ["state", "priority", "user_id", "id"])
    op.drop_index(BEFORE, table_name="jobs")


def downgrade() -> None:
    op.create_index(BEFORE, "jobs", ["state", "queue", "priority"])
    op.drop_index(WALKED, table_name="jobs")

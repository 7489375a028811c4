"""Live sessions: their sound, what was delivered before a job's end, scopes of tickets"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("delivered", sa.JSON(), nullable=True))
    op.add_column("ws_tickets", sa.Column("scopes", sa.JSON(), nullable=True))
    op.create_table(
        "live_sessions",
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("transcription_id", sa.String(length=40), nullable=False),
        sa.Column("socket_id", sa.String(length=40), nullable=False),
        sa.Column("received_bytes", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_live_sessions_job_id_jobs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_live_sessions")),
    )
    op.create_index("ix_live_sessions_transcription_id", "live_sessions", ["transcription_id"])
    op.create_table(
        "live_chunks",
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("at_byte", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"],
            ["live_sessions.job_id"],
            name=op.f("fk_live_chunks_job_id_live_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("job_id", "at_byte", name=op.f("pk_live_chunks")),
    )


def downgrade() -> None:
    op.drop_table("live_chunks")
    op.drop_index("ix_live_sessions_transcription_id", table_name="live_sessions")
    op.drop_table("live_sessions")
    with op.batch_alter_table("ws_tickets") as batch:
        batch.drop_column("scopes")
    with op.batch_alter_table("jobs") as batch:
        batch.drop_column("delivered")

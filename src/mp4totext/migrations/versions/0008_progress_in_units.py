"""Progress in units; what a job's checkpoints hold is typed; which jobs make a version"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# The operations of the releases before that store a version of a transcript.
MAKE_VERSIONS = ("transcribe", "import", "diarize", "live")
# Checkpoints that changed their form and are made again in seconds, without a vendor.
REMADE = ("prepare", "language", "weights", "sides")

STEPS = sa.table(
    "job_steps",
    sa.column("job_id", sa.String),
    sa.column("name", sa.String),
    sa.column("result", sa.JSON),
)


def upgrade() -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.alter_column("rung_at", new_column_name="woken_at")
        jobs.alter_column("done_ms", new_column_name="done")
        jobs.alter_column("total_ms", new_column_name="total")
        jobs.add_column(sa.Column("unit", sa.String(8), nullable=False, server_default="ms"))
        jobs.add_column(
            sa.Column("makes_version", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("job_steps") as steps:
        steps.alter_column("done_ms", new_column_name="done")
    with op.batch_alter_table("events") as events:
        events.add_column(
            sa.Column("passing", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    jobs_table = sa.table(
        "jobs",
        sa.column("operation", sa.String),
        sa.column("stage", sa.String),
        sa.column("unit", sa.String),
        sa.column("makes_version", sa.Boolean),
    )
    makes = jobs_table.c.operation.in_(MAKE_VERSIONS)
    op.execute(jobs_table.update().where(makes).values(makes_version=True))
    downloads = jobs_table.c.stage == "download"
    op.execute(jobs_table.update().where(downloads).values(unit="bytes"))
    _rename_operation("forget", "vendor_deletion")
    _remove_remade()
    _wrap("diarize", "turns")
    _wrap("%:search:%", "pages")


def downgrade() -> None:
    _unwrap("%:search:%", "pages")
    _unwrap("diarize", "turns")
    _remove_remade()
    _rename_operation("vendor_deletion", "forget")
    with op.batch_alter_table("events") as events:
        events.drop_column("passing")
    with op.batch_alter_table("job_steps") as steps:
        steps.alter_column("done", new_column_name="done_ms")
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_column("makes_version")
        jobs.drop_column("unit")
        jobs.alter_column("total", new_column_name="total_ms")
        jobs.alter_column("done", new_column_name="done_ms")
        jobs.alter_column("woken_at", new_column_name="rung_at")


def _rename_operation(old: str, new: str) -> None:
    jobs = sa.table("jobs", sa.column("operation", sa.String))
    op.execute(jobs.update().where(jobs.c.operation == old).values(operation=new))


def _remove_remade() -> None:
    parts = STEPS.c.name.like("transcribe%:%")
    op.execute(STEPS.delete().where(sa.or_(STEPS.c.name.in_(REMADE), parts)))


def _wrap(names: str, key: str) -> None:
    """A list becomes the one field of an object; it was paid for, so it is kept."""
    for row in _steps(names):
        if isinstance(row.result, list):
            _store(row, {key: row.result})


def _unwrap(names: str, key: str) -> None:
    for row in _steps(names):
        if isinstance(row.result, dict) and key in row.result:
            _store(row, row.result[key])


def _steps(names: str) -> list[sa.Row[tuple[str, str, object]]]:
    return list(op.get_bind().execute(sa.select(STEPS).where(STEPS.c.name.like(names))))


def _store(row: sa.Row[tuple[str, str, object]], result: object) -> None:
    mine = sa.and_(STEPS.c.job_id == row.job_id, STEPS.c.name == row.name)
    op.get_bind().execute(STEPS.update().where(mine).values(result=result))

"""Models of vendors are rows that a release imports and administrators edit"""

import sqlalchemy as sa
from alembic import op

from mp4totext.kit.db import Instant

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

AFTER_RELEASE = 10_000


def upgrade() -> None:
    op.create_table(
        "catalogue_models",
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("model", sa.String(120), nullable=False),
        sa.Column("released", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("edits", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "provider", "model", name=op.f("pk_catalogue_models")),
    )
    op.create_table(
        "catalogue_imports",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("imported_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_catalogue_imports")),
    )
    op.create_table(
        "vendor_lists",
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("listed", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("error", sa.String(500), nullable=True),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_vendor_lists")),
    )
    _move_prices()
    op.drop_table("model_prices")


def downgrade() -> None:
    op.create_table(
        "model_prices",
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("model", sa.String(120), nullable=False),
        sa.Column("multiplier_milli", sa.Integer(), nullable=False),
        sa.Column("per_1000_chars_uc", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "model", name=op.f("pk_model_prices")),
    )
    _move_prices_back()
    for table in ("vendor_lists", "catalogue_imports", "catalogue_models"):
        op.drop_table(table)


_OLD = sa.table(
    "model_prices",
    sa.column("provider", sa.String),
    sa.column("model", sa.String),
    sa.column("multiplier_milli", sa.Integer),
    sa.column("per_1000_chars_uc", sa.BigInteger),
    sa.column("active", sa.Boolean),
    sa.column("updated_at", Instant),
)
_NEW = sa.table(
    "catalogue_models",
    sa.column("kind", sa.String),
    sa.column("provider", sa.String),
    sa.column("model", sa.String),
    sa.column("edits", sa.JSON),
    sa.column("position", sa.Integer),
    sa.column("updated_at", Instant),
)


def _move_prices() -> None:
    """A price that an administrator had set is an edit of the model's row."""
    connection = op.get_bind()
    for row in connection.execute(sa.select(_OLD)).all():
        edits = {
            "rate": f"{row.per_1000_chars_uc / 1_000_000:.6f}",
            "multiplier": f"{row.multiplier_milli / 1000:.3f}",
            "active": row.active,
        }
        connection.execute(
            _NEW.insert().values(
                kind="text",
                provider=row.provider,
                model=row.model,
                edits=edits,
                position=AFTER_RELEASE,
                updated_at=row.updated_at,
            )
        )


def _move_prices_back() -> None:
    """Those with a whole price; the older release has its own list of models."""
    connection = op.get_bind()
    for row in connection.execute(sa.select(_NEW).where(_NEW.c.kind == "text")).all():
        edits = row.edits or {}
        if "rate" not in edits or "multiplier" not in edits:
            continue
        connection.execute(
            _OLD.insert().values(
                provider=row.provider,
                model=row.model,
                multiplier_milli=round(float(edits["multiplier"]) * 1000),
                per_1000_chars_uc=round(float(edits["rate"]) * 1_000_000),
                active=edits.get("active", True),
                updated_at=row.updated_at,
            )
        )

"""Statistics of use: a number per day, data set and kind."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "seehaus_use",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("dataset", sa.UnicodeText, primary_key=True),
        sa.Column("kind", sa.Unicode(10), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("seehaus_use")

"""${message}"""

import sqlalchemy as sa
from alembic import op
from fleet.database.types import Id, Json, UTCDateTime

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Take them away again."""
    ${downgrades if downgrades else "pass"}

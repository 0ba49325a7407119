"""Files of the catalogue keep hours and status that a person set, however long ago."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

PARTS = {"hours": "opening_hours", "status": "status"}

facility = sa.table("facility", sa.column("id", sa.Integer), sa.column("set_here", sa.JSON))
owner_change = sa.table(
    "owner_change",
    sa.column("facility_id", sa.Integer),
    sa.column("part", sa.String),
    sa.column("person_id", sa.Integer),
)


def upgrade() -> None:
    """Mark the hours and the status of facilities where the changes say that a person set them."""
    connection = op.get_bind()
    changed = sa.select(owner_change.c.facility_id, owner_change.c.part).where(
        owner_change.c.facility_id.is_not(None),
        owner_change.c.person_id.is_not(None),
        owner_change.c.part.in_(PARTS),
    )
    names: dict[int, set[str]] = {}
    for facility_id, part in connection.execute(changed.distinct()):
        names.setdefault(facility_id, set()).add(PARTS[part])
    marked = sa.select(facility.c.id, facility.c.set_here).where(facility.c.id.in_(names))
    for facility_id, set_here in connection.execute(marked).all():
        connection.execute(
            sa.update(facility)
            .where(facility.c.id == facility_id)
            .values(set_here=sorted({*set_here, *names[facility_id]}))
        )


def downgrade() -> None:
    """Leave the marks: they were right."""

"""First tables: people, facilities, requests, and the constraint against double booking."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

UTCDateTime = sa.DateTime(timezone=True)

# SQLite compares instants as text, so all have this one form, in UTC.
CANONICAL = "____-__-__ __:__:__.______"
NO_OVERLAP = "occupancy_no_overlap"


def upgrade() -> None:
    create_tables()
    guard_occupancy()


def downgrade() -> None:
    drop_tables()


def guard_occupancy() -> None:
    """Make the database refuse overlapping occupancies of one place."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        op.execute(
            f"ALTER TABLE occupancy ADD CONSTRAINT {NO_OVERLAP} EXCLUDE USING gist "
            "(place_id WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&)"
        )
        return
    for event, same_row in (("INSERT", ""), ("UPDATE", " AND o.id <> NEW.id")):
        op.execute(
            f"""
            CREATE TRIGGER {NO_OVERLAP}_{event.lower()} BEFORE {event} ON occupancy
            BEGIN
                SELECT RAISE(ABORT, '{NO_OVERLAP}') WHERE EXISTS (
                    SELECT 1 FROM occupancy o
                    WHERE o.place_id = NEW.place_id
                        AND o.ends_at > NEW.starts_at
                        AND o.starts_at < NEW.ends_at{same_row}
                );
                SELECT RAISE(ABORT, 'occupancy_canonical_time')
                WHERE NEW.starts_at NOT LIKE '{CANONICAL}' OR NEW.ends_at NOT LIKE '{CANONICAL}';
            END
            """  # noqa: S608 - built from constants of this file only
        )


def create_tables() -> None:
    """Create every table with its indexes."""
    op.create_table(
        "cluster",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "short_name", sa.String(length=60), nullable=False, comment="as spoken: CenSec, KIT"
        ),
        sa.Column("kind", sa.String(length=200), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("city", sa.String(length=100), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False, comment="ISO 3166-1 alpha-2"),
        sa.Column("region", sa.String(length=10), nullable=True, comment="ISO 3166-2"),
        sa.Column("time_zone", sa.String(length=60), nullable=False, comment="IANA name"),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("website", sa.String(length=300), nullable=True),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("expertise", sa.JSON(), nullable=False),
        sa.Column("members", sa.JSON(), nullable=True),
        sa.Column("second_sites", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=400), nullable=True),
        sa.Column(
            "answer_days",
            sa.Integer(),
            nullable=False,
            comment="working days of the cluster within which it means to answer",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cluster")),
        sa.UniqueConstraint("slug", name=op.f("uq_cluster_slug")),
    )
    op.create_table(
        "draft",
        sa.Column("token_hash", sa.String(length=64), nullable=False, comment="SHA-256"),
        sa.Column("fields", sa.JSON(), nullable=False, comment="[[name, value], ...]"),
        sa.Column("expires_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_draft")),
    )
    op.create_index(op.f("ix_draft_expires_at"), "draft", ["expires_at"], unique=False)
    op.create_table(
        "failed_sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "key", sa.String(length=64), nullable=False, comment="HMAC of the e-mail or the address"
        ),
        sa.Column("failed_at", UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_sign_in")),
    )
    op.create_index(
        "ix_failed_sign_in_key_failed_at", "failed_sign_in", ["key", "failed_at"], unique=False
    )
    op.create_table(
        "focus_area",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_focus_area")),
        sa.UniqueConstraint("slug", name=op.f("uq_focus_area_slug")),
    )
    op.create_table(
        "kind_default",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("minimum_units", sa.Integer(), nullable=True),
        sa.Column("maximum_units", sa.Integer(), nullable=True),
        sa.Column("lead_time_days", sa.Integer(), nullable=True),
        sa.Column("horizon_days", sa.Integer(), nullable=True),
        sa.Column("step_minutes", sa.Integer(), nullable=True),
        sa.Column("people_limit", sa.Integer(), nullable=True),
        sa.Column(
            "opening_hours",
            sa.JSON(),
            nullable=False,
            comment="[{days: [mon..], from: HH:MM, to: HH:MM}]",
        ),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_kind_default")),
    )
    op.create_table(
        "cluster_focus_area",
        sa.Column("cluster_id", sa.Integer(), nullable=False),
        sa.Column("focus_area_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["cluster.id"], name=op.f("fk_cluster_focus_area_cluster_id")
        ),
        sa.ForeignKeyConstraint(
            ["focus_area_id"], ["focus_area.id"], name=op.f("fk_cluster_focus_area_focus_area_id")
        ),
        sa.PrimaryKeyConstraint("cluster_id", "focus_area_id", name=op.f("pk_cluster_focus_area")),
    )
    op.create_table(
        "facility",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("cluster_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column(
            "root_id",
            sa.Integer(),
            nullable=True,
            comment="top of its tree; the row that is locked",
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("run_by", sa.String(length=200), nullable=True),
        sa.Column("city", sa.String(length=100), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("capabilities", sa.JSON(), nullable=False),
        sa.Column("hazards", sa.JSON(), nullable=False),
        sa.Column("access_conditions", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("people_limit", sa.Integer(), nullable=True),
        sa.Column("capacity_note", sa.Text(), nullable=True),
        sa.Column("opening_hours_note", sa.Text(), nullable=True),
        sa.Column("source", sa.String(length=400), nullable=True),
        sa.Column("more_sources", sa.JSON(), nullable=False),
        sa.Column("facts_read_on", sa.Date(), nullable=True),
        sa.Column(
            "search_text",
            sa.Text(),
            nullable=False,
            comment="folded: what the text filter looks in",
        ),
        sa.Column(
            "revision", sa.Integer(), nullable=False, comment="rises when shown facts change"
        ),
        sa.Column("mode", sa.String(length=20), nullable=False),
        sa.Column("elsewhere_url", sa.String(length=300), nullable=True),
        sa.Column(
            "pending_holds",
            sa.Boolean(),
            nullable=False,
            comment="a date that is asked for already holds its places",
        ),
        sa.Column("by_place", sa.Boolean(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("place_word", sa.String(length=40), nullable=True, comment="group, bench, rack"),
        sa.Column("unit", sa.String(length=20), nullable=True),
        sa.Column("minimum_units", sa.Integer(), nullable=True),
        sa.Column("maximum_units", sa.Integer(), nullable=True),
        sa.Column("lead_time_days", sa.Integer(), nullable=True),
        sa.Column("horizon_days", sa.Integer(), nullable=True),
        sa.Column("step_minutes", sa.Integer(), nullable=True),
        sa.Column("half_day_time", sa.Time(), nullable=True, comment="wall time of the facility"),
        sa.Column("setup_minutes", sa.Integer(), nullable=True),
        sa.Column("cleanup_minutes", sa.Integer(), nullable=True),
        sa.Column("sees_public", sa.String(length=10), nullable=False),
        sa.Column("sees_signed_in", sa.String(length=10), nullable=False),
        sa.Column("sees_own_cluster", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["cluster.id"], name=op.f("fk_facility_cluster_id")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["facility.id"], name=op.f("fk_facility_parent_id")),
        sa.ForeignKeyConstraint(["root_id"], ["facility.id"], name=op.f("fk_facility_root_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facility")),
        sa.UniqueConstraint("slug", name=op.f("uq_facility_slug")),
    )
    op.create_index("ix_facility_cluster_id_name", "facility", ["cluster_id", "name"], unique=False)
    op.create_index(op.f("ix_facility_parent_id"), "facility", ["parent_id"], unique=False)
    op.create_index(op.f("ix_facility_root_id"), "facility", ["root_id"], unique=False)
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.String(length=30),
            nullable=False,
            comment="sme, large, university, public_body, practitioner",
        ),
        sa.Column("country", sa.String(length=2), nullable=False, comment="ISO 3166-1 alpha-2"),
        sa.Column("home_cluster_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["home_cluster_id"], ["cluster.id"], name=op.f("fk_organisation_home_cluster_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("name", name=op.f("uq_organisation_name")),
    )
    op.create_index(
        op.f("ix_organisation_home_cluster_id"), "organisation", ["home_cluster_id"], unique=False
    )
    op.create_table(
        "closure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", UTCDateTime, nullable=False),
        sa.Column("ends_at", UTCDateTime, nullable=True, comment="None: open-ended"),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("reason_is_public", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "ends_at IS NULL OR starts_at < ends_at", name=op.f("ck_closure_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_closure_facility_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
    )
    op.create_index(op.f("ix_closure_facility_id"), "closure", ["facility_id"], unique=False)
    op.create_table(
        "facility_focus_area",
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("focus_area_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_facility_focus_area_facility_id")
        ),
        sa.ForeignKeyConstraint(
            ["focus_area_id"], ["focus_area.id"], name=op.f("fk_facility_focus_area_focus_area_id")
        ),
        sa.PrimaryKeyConstraint(
            "facility_id", "focus_area_id", name=op.f("pk_facility_focus_area")
        ),
    )
    op.create_index(
        op.f("ix_facility_focus_area_focus_area_id"),
        "facility_focus_area",
        ["focus_area_id"],
        unique=False,
    )
    op.create_table(
        "opening_span",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False, comment="0 = Monday"),
        sa.Column("opens_time", sa.Time(), nullable=False),
        sa.Column(
            "closes_time", sa.Time(), nullable=False, comment="not after opens_time: the next day"
        ),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="last day, inclusive"),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_opening_span_facility_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_span")),
    )
    op.create_index(
        op.f("ix_opening_span_facility_id"), "opening_span", ["facility_id"], unique=False
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False, comment="lower case"),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True, comment="argon2id"),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=True, comment="IANA name"),
        sa.Column("created_at", UTCDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_person_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
    )
    op.create_index(op.f("ix_person_organisation_id"), "person", ["organisation_id"], unique=False)
    op.create_table(
        "place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_place_facility_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
    )
    op.create_index(op.f("ix_place_facility_id"), "place", ["facility_id"], unique=False)
    op.create_table(
        "account_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False, comment="random, for addresses"),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("organisation_name", sa.String(length=120), nullable=False),
        sa.Column("organisation_kind", sa.String(length=30), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column(
            "home_cluster_id", sa.Integer(), nullable=True, comment="None: the person does not know"
        ),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("asked_at", UTCDateTime, nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=True, comment="let_in, declined"),
        sa.Column("answered_at", UTCDateTime, nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["person.id"], name=op.f("fk_account_request_answered_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["home_cluster_id"], ["cluster.id"], name=op.f("fk_account_request_home_cluster_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_account_request_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_request")),
        sa.UniqueConstraint("key", name=op.f("uq_account_request_key")),
    )
    op.create_index(
        op.f("ix_account_request_home_cluster_id"),
        "account_request",
        ["home_cluster_id"],
        unique=False,
    )
    op.create_table(
        "approver",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_approver_facility_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_approver_person_id")),
        sa.PrimaryKeyConstraint("person_id", "facility_id", name=op.f("pk_approver")),
    )
    op.create_index(op.f("ix_approver_facility_id"), "approver", ["facility_id"], unique=False)
    op.create_table(
        "booking_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=7), nullable=False, comment="K7M-4QX"),
        sa.Column(
            "organisation_id", sa.Integer(), nullable=True, comment="None: the owner's own use"
        ),
        sa.Column("requester_id", sa.Integer(), nullable=False, comment="who sent or entered it"),
        sa.Column(
            "entered",
            sa.Boolean(),
            nullable=False,
            comment="entered by an approver: own use, or on behalf of the organisation",
        ),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("activity", sa.String(length=30), nullable=False),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("hazards", sa.Boolean(), nullable=False),
        sa.Column("hazards_note", sa.Text(), nullable=False),
        sa.Column("sent_at", UTCDateTime, nullable=False),
        sa.Column(
            "send_token",
            sa.String(length=64),
            nullable=False,
            comment="made with the form, so that a second click sends nothing new",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_booking_request_organisation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["requester_id"], ["person.id"], name=op.f("fk_booking_request_requester_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_request")),
        sa.UniqueConstraint("reference", name=op.f("uq_booking_request_reference")),
        sa.UniqueConstraint(
            "requester_id", "send_token", name=op.f("uq_booking_request_requester_id_send_token")
        ),
    )
    op.create_index(
        "ix_booking_request_organisation_id_sent_at",
        "booking_request",
        ["organisation_id", "sent_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_booking_request_requester_id"), "booking_request", ["requester_id"], unique=False
    )
    op.create_table(
        "coordinator",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("cluster_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cluster_id"], ["cluster.id"], name=op.f("fk_coordinator_cluster_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_coordinator_person_id")
        ),
        sa.PrimaryKeyConstraint("person_id", "cluster_id", name=op.f("pk_coordinator")),
    )
    op.create_index(op.f("ix_coordinator_cluster_id"), "coordinator", ["cluster_id"], unique=False)
    op.create_table(
        "feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False, comment="random, for forms"),
        sa.Column("token_hash", sa.String(length=64), nullable=False, comment="SHA-256"),
        sa.Column(
            "kind",
            sa.String(length=20),
            nullable=False,
            comment="own, organisation, cluster, deciding",
        ),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("cluster_id", sa.Integer(), nullable=True),
        sa.Column("with_titles", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime, nullable=False),
        sa.Column("revoked_at", UTCDateTime, nullable=True),
        sa.Column("fetched_at", UTCDateTime, nullable=True),
        sa.Column("fetched_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_feed_cluster_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_feed_organisation_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_feed_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed")),
        sa.UniqueConstraint("key", name=op.f("uq_feed_key")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_feed_token_hash")),
    )
    op.create_index(op.f("ix_feed_person_id"), "feed", ["person_id"], unique=False)
    op.create_table(
        "one_time_link",
        sa.Column("token_hash", sa.String(length=64), nullable=False, comment="SHA-256"),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", UTCDateTime, nullable=False),
        sa.Column("used_at", UTCDateTime, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_one_time_link_person_id")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_one_time_link")),
    )
    op.create_index(
        op.f("ix_one_time_link_person_id"), "one_time_link", ["person_id"], unique=False
    )
    op.create_table(
        "sign_in",
        sa.Column("token_hash", sa.String(length=64), nullable=False, comment="SHA-256"),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime, nullable=False),
        sa.Column("seen_at", UTCDateTime, nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_sign_in_person_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in")),
    )
    op.create_index(op.f("ix_sign_in_person_id"), "sign_in", ["person_id"], unique=False)
    op.create_table(
        "booking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Integer(), nullable=False),
        sa.Column(
            "due_at",
            UTCDateTime,
            nullable=True,
            comment="when the owner means to have answered; None: entered by the owner",
        ),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_booking_facility_id")
        ),
        sa.ForeignKeyConstraint(
            ["request_id"], ["booking_request.id"], name=op.f("fk_booking_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
    )
    op.create_index(op.f("ix_booking_facility_id"), "booking", ["facility_id"], unique=False)
    op.create_index(op.f("ix_booking_request_id"), "booking", ["request_id"], unique=False)
    op.create_table(
        "booking_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime, nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True, comment="None: nobody, it lapsed"),
        sa.Column(
            "side",
            sa.String(length=12),
            nullable=False,
            comment="as whom the actor acted: requester, owner, nobody",
        ),
        sa.Column(
            "colleague",
            sa.Boolean(),
            nullable=False,
            comment="the actor decided for an organisation that is also theirs",
        ),
        sa.Column("before", sa.String(length=20), nullable=True, comment="None: it was sent"),
        sa.Column("after", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("occurrence_ids", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_booking_log_actor_id")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_booking_log_booking_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_log")),
    )
    op.create_index(op.f("ix_booking_log_booking_id"), "booking_log", ["booking_id"], unique=False)
    op.create_table(
        "occurrence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column(
            "facility_id",
            sa.Integer(),
            nullable=False,
            comment="of its booking: one index for calendars",
        ),
        sa.Column("uid", sa.String(length=40), nullable=False, comment="random; in all feeds"),
        sa.Column("starts_at", UTCDateTime, nullable=False),
        sa.Column("ends_at", UTCDateTime, nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False, comment="all of it: nobody else there"),
        sa.Column(
            "places", sa.Integer(), nullable=False, comment="own places taken when not whole"
        ),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "confirmed",
                "declined",
                "withdrawn",
                "cancelled",
                "lapsed",
                name="state",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column(
            "lapses_at",
            UTCDateTime,
            nullable=True,
            comment="when a date that nobody decided on ends",
        ),
        sa.Column("revision", sa.Integer(), nullable=False, comment="SEQUENCE in feeds"),
        sa.Column("changed_at", UTCDateTime, nullable=False),
        sa.CheckConstraint("places >= 0", name=op.f("ck_occurrence_places_not_negative")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_occurrence_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_occurrence_booking_id")
        ),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_occurrence_facility_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrence")),
        sa.UniqueConstraint("uid", name=op.f("uq_occurrence_uid")),
    )
    op.create_index(op.f("ix_occurrence_booking_id"), "occurrence", ["booking_id"], unique=False)
    op.create_index(
        "ix_occurrence_facility_id_ends_at", "occurrence", ["facility_id", "ends_at"], unique=False
    )
    op.create_index(
        "ix_occurrence_state_lapses_at", "occurrence", ["state", "lapses_at"], unique=False
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.String(length=12),
            nullable=False,
            comment="as whom the person is told: requester, owner",
        ),
        sa.Column(
            "after",
            sa.String(length=20),
            nullable=False,
            comment="state of the dates by this change",
        ),
        sa.Column("created_at", UTCDateTime, nullable=False),
        sa.Column("read_at", UTCDateTime, nullable=True),
        sa.Column(
            "mail_due_at",
            UTCDateTime,
            nullable=True,
            comment="when to try the mail next; None: sent, or nothing to send",
        ),
        sa.Column("mail_tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_notice_booking_id")),
        sa.ForeignKeyConstraint(["log_id"], ["booking_log.id"], name=op.f("fk_notice_log_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("person_id", "log_id", name=op.f("uq_notice_person_id_log_id")),
    )
    op.create_index(op.f("ix_notice_booking_id"), "notice", ["booking_id"], unique=False)
    op.create_index(op.f("ix_notice_log_id"), "notice", ["log_id"], unique=False)
    op.create_index("ix_notice_mail_due_at", "notice", ["mail_due_at"], unique=False)
    op.create_index("ix_notice_person_id_read_at", "notice", ["person_id", "read_at"], unique=False)
    op.create_table(
        "occupancy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", UTCDateTime, nullable=False),
        sa.Column("ends_at", UTCDateTime, nullable=False),
        sa.Column(
            "held_until",
            UTCDateTime,
            nullable=True,
            comment="a hold, free from then on; None: confirmed",
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_occupancy_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrence.id"], name=op.f("fk_occupancy_occurrence_id")
        ),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_occupancy_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occupancy")),
    )
    op.create_index(
        op.f("ix_occupancy_occurrence_id"), "occupancy", ["occurrence_id"], unique=False
    )
    op.create_index(
        "ix_occupancy_place_id_ends_at", "occupancy", ["place_id", "ends_at"], unique=False
    )


def drop_tables() -> None:
    """Drop every table, referring ones first."""
    op.drop_index("ix_occupancy_place_id_ends_at", table_name="occupancy")
    op.drop_index(op.f("ix_occupancy_occurrence_id"), table_name="occupancy")
    op.drop_table("occupancy")
    op.drop_index("ix_notice_person_id_read_at", table_name="notice")
    op.drop_index("ix_notice_mail_due_at", table_name="notice")
    op.drop_index(op.f("ix_notice_log_id"), table_name="notice")
    op.drop_index(op.f("ix_notice_booking_id"), table_name="notice")
    op.drop_table("notice")
    op.drop_index("ix_occurrence_state_lapses_at", table_name="occurrence")
    op.drop_index("ix_occurrence_facility_id_ends_at", table_name="occurrence")
    op.drop_index(op.f("ix_occurrence_booking_id"), table_name="occurrence")
    op.drop_table("occurrence")
    op.drop_index(op.f("ix_booking_log_booking_id"), table_name="booking_log")
    op.drop_table("booking_log")
    op.drop_index(op.f("ix_booking_request_id"), table_name="booking")
    op.drop_index(op.f("ix_booking_facility_id"), table_name="booking")
    op.drop_table("booking")
    op.drop_index(op.f("ix_sign_in_person_id"), table_name="sign_in")
    op.drop_table("sign_in")
    op.drop_index(op.f("ix_one_time_link_person_id"), table_name="one_time_link")
    op.drop_table("one_time_link")
    op.drop_index(op.f("ix_feed_person_id"), table_name="feed")
    op.drop_table("feed")
    op.drop_index(op.f("ix_coordinator_cluster_id"), table_name="coordinator")
    op.drop_table("coordinator")
    op.drop_index(op.f("ix_booking_request_requester_id"), table_name="booking_request")
    op.drop_index("ix_booking_request_organisation_id_sent_at", table_name="booking_request")
    op.drop_table("booking_request")
    op.drop_index(op.f("ix_approver_facility_id"), table_name="approver")
    op.drop_table("approver")
    op.drop_index(op.f("ix_account_request_home_cluster_id"), table_name="account_request")
    op.drop_table("account_request")
    op.drop_index(op.f("ix_place_facility_id"), table_name="place")
    op.drop_table("place")
    op.drop_index(op.f("ix_person_organisation_id"), table_name="person")
    op.drop_table("person")
    op.drop_index(op.f("ix_opening_span_facility_id"), table_name="opening_span")
    op.drop_table("opening_span")
    op.drop_index(op.f("ix_facility_focus_area_focus_area_id"), table_name="facility_focus_area")
    op.drop_table("facility_focus_area")
    op.drop_index(op.f("ix_closure_facility_id"), table_name="closure")
    op.drop_table("closure")
    op.drop_index(op.f("ix_organisation_home_cluster_id"), table_name="organisation")
    op.drop_table("organisation")
    op.drop_index(op.f("ix_facility_root_id"), table_name="facility")
    op.drop_index(op.f("ix_facility_parent_id"), table_name="facility")
    op.drop_index("ix_facility_cluster_id_name", table_name="facility")
    op.drop_table("facility")
    op.drop_table("cluster_focus_area")
    op.drop_table("kind_default")
    op.drop_table("focus_area")
    op.drop_index("ix_failed_sign_in_key_failed_at", table_name="failed_sign_in")
    op.drop_table("failed_sign_in")
    op.drop_index(op.f("ix_draft_expires_at"), table_name="draft")
    op.drop_table("draft")
    op.drop_table("cluster")

"""The register's tables"""

import sqlalchemy as sa
from alembic import op

from fleet.database.types import Id, Json, UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "chain_head",
        sa.Column("event_id", Id, nullable=True),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain_head")),
    )
    op.create_table(
        "device_model",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("manufacturer", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "kind = 'ipad' OR kind = 'iphone' OR kind = 'thin_client' OR kind = 'other'",
            name=op.f("ck_device_model_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_model")),
        sa.UniqueConstraint("name", name=op.f("uq_device_model_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "import_mapping",
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("headers", Json(), nullable=False),
        sa.Column("columns", Json(), nullable=False),
        sa.Column("layout", sa.Text(), nullable=True),
        sa.Column("header_row", sa.Integer(), nullable=True),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.Column("said_at", UTCDateTime(), nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_mapping")),
        sa.UniqueConstraint("signature", name=op.f("uq_import_mapping_signature")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "operator",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("all_organisations", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "role = 'administrator' OR role = 'technician' OR role = 'auditor'", name=op.f("ck_operator_role")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator")),
        sa.UniqueConstraint("name", name=op.f("uq_operator_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "organisation",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("key", name=op.f("uq_organisation_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "receipt_text",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.CheckConstraint("kind = 'issue' OR kind = 'return'", name=op.f("ck_receipt_text_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_text")),
        sa.UniqueConstraint("kind", "version", name=op.f("uq_receipt_text_kind_version")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "finding",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", Id, nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("evidence", Json(), nullable=False),
        sa.Column("first_seen", UTCDateTime(), nullable=False),
        sa.Column("last_seen", UTCDateTime(), nullable=False),
        sa.Column("times_seen", sa.Integer(), server_default="1", nullable=False),
        sa.Column("fixed_at", UTCDateTime(), nullable=True),
        sa.Column("worse_at", UTCDateTime(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_until", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("assigned_to", sa.Text(), nullable=True),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "severity = 'high' OR severity = 'medium' OR severity = 'low'", name=op.f("ck_finding_severity")
        ),
        sa.CheckConstraint(
            "state = 'open' OR state = 'acknowledged' OR state = 'snoozed' OR state = 'fixed'",
            name=op.f("ck_finding_state"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_finding_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint("rule", "identity", name=op.f("uq_finding_rule_identity")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_finding_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index("ix_finding_state_rule", ["state", "rule"], unique=False)
        batch_op.create_index("ix_finding_subject_type_subject_id", ["subject_type", "subject_id"], unique=False)

    op.create_table(
        "finding_count",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_finding_count_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_count")),
        sa.UniqueConstraint(
            "organisation_id", "rule", "counted_on", name=op.f("uq_finding_count_organisation_id_rule_counted_on")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("finding_count", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_finding_count_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "line",
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("tariff", sa.Text(), nullable=True),
        sa.Column("monthly_pence", sa.Integer(), nullable=True),
        sa.Column("billed_on", sa.Date(), nullable=True),
        sa.Column("contract_until", sa.Date(), nullable=True),
        sa.Column("cost_code", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "state = 'active' OR state = 'suspended' OR state = 'barred' OR state = 'quarantined' OR state = 'ended'",
            name=op.f("ck_line_state"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_line_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_line_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(
            "uq_line_number",
            ["number"],
            unique=True,
            sqlite_where=sa.text("number IS NOT NULL"),
            postgresql_where=sa.text("number IS NOT NULL"),
        )

    op.create_table(
        "operator_organisation",
        sa.Column("operator_id", Id, nullable=False),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name=op.f("fk_operator_organisation_operator_id_operator")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_operator_organisation_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_organisation")),
        sa.UniqueConstraint(
            "operator_id", "organisation_id", name=op.f("uq_operator_organisation_operator_id_organisation_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "purchase",
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("supplier", sa.Text(), nullable=True),
        sa.Column("ordered_on", sa.Date(), nullable=True),
        sa.Column("total_pence", sa.Integer(), nullable=True),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_purchase_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase")),
        sa.UniqueConstraint("organisation_id", "order_number", name=op.f("uq_purchase_organisation_id_order_number")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("purchase", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_purchase_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "site",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_site_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_site_organisation_id_name")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("site", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_site_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "stocktake",
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("scope", Json(), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_stocktake_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stocktake")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("stocktake", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stocktake_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "team",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cost_code", sa.Text(), nullable=True),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_team_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_team_organisation_id_name")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "tenant",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("tenant_guid", sa.Text(), nullable=False),
        sa.Column("people_delta_link", sa.Text(), nullable=True),
        sa.Column("last_complete_at", UTCDateTime(), nullable=True),
        sa.Column("last_device_count", sa.Integer(), nullable=True),
        sa.Column("credential_until", sa.Date(), nullable=True),
        sa.Column("audit_read_to", UTCDateTime(), nullable=True),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_tenant_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant")),
        sa.UniqueConstraint("key", name=op.f("uq_tenant_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("tenant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tenant_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "delivery",
        sa.Column("purchase_id", Id, nullable=True),
        sa.Column("delivered_on", sa.Date(), nullable=False),
        sa.Column("note_number", sa.Text(), nullable=True),
        sa.Column("received_by", sa.Text(), nullable=True),
        sa.Column("site_id", Id, nullable=True),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_delivery_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchase.id"], name=op.f("fk_delivery_purchase_id_purchase")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_delivery_site_id_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_purchase_id"), ["purchase_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_site_id"), ["site_id"], unique=False)

    op.create_table(
        "person",
        sa.Column("tenant_id", Id, nullable=True),
        sa.Column("entra_id", sa.Text(), nullable=True),
        sa.Column("upn", sa.Text(), nullable=True),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=True),
        sa.Column("surname", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("job_title", sa.Text(), nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("office", sa.Text(), nullable=True),
        sa.Column("employee_id", sa.Text(), nullable=True),
        sa.Column("employee_type", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("account_enabled", sa.Boolean(), nullable=True),
        sa.Column("start_on", sa.Date(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("team_id", Id, nullable=True),
        sa.Column("site_id", Id, nullable=True),
        sa.Column("manager_id", Id, nullable=True),
        sa.Column("erased_at", UTCDateTime(), nullable=True),
        sa.Column("hay", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "state = 'starter' OR state = 'active' OR state = 'long_leave' OR state = 'left'",
            name=op.f("ck_person_state"),
        ),
        sa.ForeignKeyConstraint(["manager_id"], ["person.id"], name=op.f("fk_person_manager_id_person")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_person_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_person_site_id_site")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_person_team_id_team")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_person_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_manager_id"), ["manager_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_site_id"), ["site_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_team_id"), ["team_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_tenant_id"), ["tenant_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_upn"), ["upn"], unique=False)
        batch_op.create_index(
            "uq_person_tenant_id_entra_id",
            ["tenant_id", "entra_id"],
            unique=True,
            sqlite_where=sa.text("entra_id IS NOT NULL"),
            postgresql_where=sa.text("entra_id IS NOT NULL"),
        )

    op.create_table(
        "report_delivery",
        sa.Column("organisation_id", Id, nullable=True),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("process", sa.Integer(), nullable=False),
        sa.Column("intended_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("size", Id, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("event_id", Id, nullable=True),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "state = 'intended' OR state = 'sent' OR state = 'failed' OR state = 'unknown'",
            name=op.f("ck_report_delivery_state"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_report_delivery_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_delivery")),
        sa.UniqueConstraint("report", "period", "recipient", name=op.f("uq_report_delivery_report_period_recipient")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("report_delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_delivery_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "run",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("organisation_id", Id, nullable=True),
        sa.Column("tenant_id", Id, nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
        sa.Column("lease_until", UTCDateTime(), nullable=True),
        sa.Column("heartbeat_at", UTCDateTime(), nullable=True),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("process", sa.Integer(), nullable=True),
        sa.Column("counts", Json(), nullable=False),
        sa.Column("problems", Json(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("file_hash", sa.Text(), nullable=True),
        sa.Column("files", Json(), nullable=False),
        sa.Column("event_id", Id, nullable=True),
        sa.Column("head_hash", sa.Text(), nullable=True),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.CheckConstraint("kind = 'sync' OR kind = 'import' OR kind = 'demo'", name=op.f("ck_run_kind")),
        sa.CheckConstraint(
            "state = 'running' OR state = 'complete' OR state = 'failed' OR state = 'refused' OR state = 'killed'",
            name=op.f("ck_run_state"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_run_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_run_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_run_event_id"), ["event_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_run_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(
            "uq_run_source_running",
            ["source"],
            unique=True,
            sqlite_where=sa.text("state = 'running' AND kind = 'sync'"),
            postgresql_where=sa.text("state = 'running' AND kind = 'sync'"),
        )
        batch_op.create_index(
            "uq_run_tenant_id_running",
            ["tenant_id"],
            unique=True,
            sqlite_where=sa.text("state = 'running'"),
            postgresql_where=sa.text("state = 'running'"),
        )

    op.create_table(
        "device",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ownership", sa.Text(), server_default="organisation", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_since", sa.Date(), nullable=True),
        sa.Column("model_id", Id, nullable=True),
        sa.Column("serial", sa.Text(), nullable=True),
        sa.Column("imei", sa.Text(), nullable=True),
        sa.Column("imei2", sa.Text(), nullable=True),
        sa.Column("eid", sa.Text(), nullable=True),
        sa.Column("ethernet_mac", sa.Text(), nullable=True),
        sa.Column("network_name", sa.Text(), nullable=True),
        sa.Column("network_seen_on", sa.Date(), nullable=True),
        sa.Column("asset_tag", sa.Text(), nullable=True),
        sa.Column("site_id", Id, nullable=True),
        sa.Column("team_id", Id, nullable=True),
        sa.Column("cost_code", sa.Text(), nullable=True),
        sa.Column("purchase_id", Id, nullable=True),
        sa.Column("delivery_id", Id, nullable=True),
        sa.Column("purchased_on", sa.Date(), nullable=True),
        sa.Column("price_pence", sa.Integer(), nullable=True),
        sa.Column("warranty_until", sa.Date(), nullable=True),
        sa.Column("disposed_on", sa.Date(), nullable=True),
        sa.Column("disposal_batch", sa.Text(), nullable=True),
        sa.Column("disposal_reference", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("enrolment_id", Id, nullable=True),
        sa.Column("hay", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "kind = 'ipad' OR kind = 'iphone' OR kind = 'thin_client' OR kind = 'other'", name=op.f("ck_device_kind")
        ),
        sa.CheckConstraint(
            "ownership = 'organisation' OR (imei IS NULL AND imei2 IS NULL AND eid IS NULL AND serial IS NULL AND ethernet_mac IS NULL AND network_name IS NULL)",
            name=op.f("ck_device_personal_is_minimal"),
        ),
        sa.CheckConstraint("ownership = 'organisation' OR ownership = 'personal'", name=op.f("ck_device_ownership")),
        sa.CheckConstraint(
            "status <> 'disposed' OR disposed_on IS NOT NULL", name=op.f("ck_device_disposed_has_a_date")
        ),
        sa.CheckConstraint(
            "status = 'unrecorded' OR status = 'ordered' OR status = 'delivered' OR status = 'in_stock' OR status = 'prepared' OR status = 'issued' OR status = 'in_repair' OR status = 'quarantined' OR status = 'lost' OR status = 'stolen' OR status = 'found' OR status = 'retired' OR status = 'disposed'",
            name=op.f("ck_device_status"),
        ),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_device_delivery_id_delivery")),
        sa.ForeignKeyConstraint(["model_id"], ["device_model.id"], name=op.f("fk_device_model_id_device_model")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_device_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchase.id"], name=op.f("fk_device_purchase_id_purchase")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_device_site_id_site")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_device_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_device_asset_tag"), ["asset_tag"], unique=False)
        batch_op.create_index(
            "ix_device_delivery_id",
            ["delivery_id"],
            unique=False,
            sqlite_where=sa.text("delivery_id IS NOT NULL"),
            postgresql_where=sa.text("delivery_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_device_imei2",
            ["imei2"],
            unique=False,
            sqlite_where=sa.text("imei2 IS NOT NULL"),
            postgresql_where=sa.text("imei2 IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_device_model_id"), ["model_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_device_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(
            "ix_device_purchase_id",
            ["purchase_id"],
            unique=False,
            sqlite_where=sa.text("purchase_id IS NOT NULL"),
            postgresql_where=sa.text("purchase_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_device_site_id",
            ["site_id"],
            unique=False,
            sqlite_where=sa.text("site_id IS NOT NULL"),
            postgresql_where=sa.text("site_id IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_device_status"), ["status"], unique=False)
        batch_op.create_index(
            "ix_device_team_id",
            ["team_id"],
            unique=False,
            sqlite_where=sa.text("team_id IS NOT NULL"),
            postgresql_where=sa.text("team_id IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_device_imei",
            ["imei"],
            unique=True,
            sqlite_where=sa.text("imei IS NOT NULL"),
            postgresql_where=sa.text("imei IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_device_organisation_id_asset_tag",
            ["organisation_id", "asset_tag"],
            unique=True,
            sqlite_where=sa.text("asset_tag IS NOT NULL"),
            postgresql_where=sa.text("asset_tag IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_device_serial",
            ["serial"],
            unique=True,
            sqlite_where=sa.text("serial IS NOT NULL"),
            postgresql_where=sa.text("serial IS NOT NULL"),
        )

    op.create_table(
        "event",
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("effective_at", UTCDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reason_salt", sa.LargeBinary(), nullable=True),
        sa.Column("reason_digest", sa.LargeBinary(), nullable=True),
        sa.Column("organisation_id", Id, nullable=True),
        sa.Column("run_id", Id, nullable=True),
        sa.Column("undoes_id", Id, nullable=True),
        sa.Column("change_count", sa.Integer(), nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=True),
        sa.Column("hash", sa.Text(), nullable=True),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_event_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_event_run_id_run")),
        sa.ForeignKeyConstraint(["undoes_id"], ["event.id"], name=op.f("fk_event_undoes_id_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_effective_at"), ["effective_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_recorded_at"), ["recorded_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_run_id"), ["run_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_undoes_id"), ["undoes_id"], unique=False)

    op.create_table(
        "receipt",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.Text(), nullable=False),
        sa.Column("accepted_at", UTCDateTime(), nullable=True),
        sa.Column("accepted_how", sa.Text(), nullable=True),
        sa.Column("accepted_as", sa.Text(), nullable=True),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.CheckConstraint("kind = 'issue' OR kind = 'return'", name=op.f("ck_receipt_kind")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_receipt_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_receipt_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_receipt_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_receipt_person_id"), ["person_id"], unique=False)

    op.create_table(
        "assignment",
        sa.Column("device_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("site_id", Id, nullable=True),
        sa.Column("team_id", Id, nullable=True),
        sa.Column("kind", sa.Text(), server_default="permanent", nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("condition", sa.Text(), nullable=True),
        sa.Column("receipt_id", Id, nullable=True),
        sa.Column("return_receipt_id", Id, nullable=True),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.CheckConstraint("kind = 'loan' OR due_on IS NULL", name=op.f("ck_assignment_only_loans_are_due")),
        sa.CheckConstraint("kind = 'permanent' OR kind = 'loan'", name=op.f("ck_assignment_kind")),
        sa.CheckConstraint(
            "(person_id IS NOT NULL AND site_id IS NULL AND team_id IS NULL) OR (person_id IS NULL AND (site_id IS NOT NULL OR team_id IS NOT NULL))",
            name=op.f("ck_assignment_a_person_or_shared"),
        ),
        sa.CheckConstraint(
            "returned_on IS NULL OR returned_on >= issued_on", name=op.f("ck_assignment_returned_after_issue")
        ),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_assignment_device_id_device")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_assignment_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_assignment_person_id_person")),
        sa.ForeignKeyConstraint(["receipt_id"], ["receipt.id"], name=op.f("fk_assignment_receipt_id_receipt")),
        sa.ForeignKeyConstraint(
            ["return_receipt_id"], ["receipt.id"], name=op.f("fk_assignment_return_receipt_id_receipt")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_assignment_site_id_site")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_assignment_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignment_device_id"), ["device_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_assignment_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_assignment_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "ix_assignment_person_id_open",
            ["person_id"],
            unique=False,
            sqlite_where=sa.text("returned_on IS NULL"),
            postgresql_where=sa.text("returned_on IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_assignment_receipt_id"), ["receipt_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_assignment_return_receipt_id"), ["return_receipt_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_assignment_site_id"), ["site_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_assignment_team_id"), ["team_id"], unique=False)
        batch_op.create_index(
            "uq_assignment_device_id_open",
            ["device_id"],
            unique=True,
            sqlite_where=sa.text("returned_on IS NULL"),
            postgresql_where=sa.text("returned_on IS NULL"),
        )

    op.create_table(
        "byod_registration",
        sa.Column("person_id", Id, nullable=False),
        sa.Column("device_id", Id, nullable=True),
        sa.Column("intune_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("said_kind", sa.Text(), nullable=True),
        sa.Column("said_model", sa.Text(), nullable=True),
        sa.Column("said_os", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("refused_by", sa.Text(), nullable=True),
        sa.Column("refused_on", sa.Date(), nullable=True),
        sa.Column("terms_version", sa.Text(), nullable=True),
        sa.Column("consent_on", sa.Date(), nullable=True),
        sa.Column("consent_until", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_because", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "ended_because = 'left' OR ended_because = 'lost' OR ended_because = 'replaced' OR "
            "ended_because = 'withdrew' OR ended_because = 'other'",
            name=op.f("ck_byod_registration_ended_because"),
        ),
        sa.CheckConstraint(
            "state = 'requested' OR state = 'approved' OR state = 'enrolled' OR state = 'ended' OR state = 'refused'",
            name=op.f("ck_byod_registration_state"),
        ),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_byod_registration_device_id_device")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_byod_registration_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_byod_registration_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_byod_registration")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("byod_registration", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_byod_registration_device_id"), ["device_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_byod_registration_intune_id"), ["intune_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_byod_registration_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_byod_registration_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "uq_byod_registration_intune_id_open",
            ["intune_id"],
            unique=True,
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )

    op.create_table(
        "change",
        sa.Column("event_id", Id, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", Id, nullable=False),
        sa.Column("organisation_id", Id, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("before", Json(), nullable=True),
        sa.Column("after", Json(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_change_event_id_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_change_event_id"), ["event_id"], unique=False)
        batch_op.create_index("ix_change_subject_subject_id", ["subject", "subject_id"], unique=False)

    op.create_table(
        "enrolment",
        sa.Column("tenant_id", Id, nullable=False),
        sa.Column("device_id", Id, nullable=False),
        sa.Column("intune_id", sa.Text(), nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.Column("closed_because", sa.Text(), nullable=True),
        sa.Column("missing_since", UTCDateTime(), nullable=True),
        sa.Column("missing_runs", sa.Integer(), server_default="0", nullable=False),
        sa.Column("serial", sa.Text(), nullable=True),
        sa.Column("imei", sa.Text(), nullable=True),
        sa.Column("meid", sa.Text(), nullable=True),
        sa.Column("device_name", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("manufacturer", sa.Text(), nullable=True),
        sa.Column("platform", sa.Text(), nullable=True),
        sa.Column("os_version", sa.Text(), nullable=True),
        sa.Column("ownership", sa.Text(), nullable=True),
        sa.Column("enrolment_type", sa.Text(), nullable=True),
        sa.Column("management_state", sa.Text(), nullable=True),
        sa.Column("registration_state", sa.Text(), nullable=True),
        sa.Column("compliance", sa.Text(), nullable=True),
        sa.Column("grace_until", UTCDateTime(), nullable=True),
        sa.Column("supervised", sa.Boolean(), nullable=True),
        sa.Column("encrypted", sa.Boolean(), nullable=True),
        sa.Column("jailbroken", sa.Boolean(), nullable=True),
        sa.Column("enrolled_at", UTCDateTime(), nullable=True),
        sa.Column("entra_device_id", sa.Text(), nullable=True),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("upn", sa.Text(), nullable=True),
        sa.Column("phone_number", sa.Text(), nullable=True),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("wifi_mac", sa.Text(), nullable=True),
        sa.Column("certificate_expires_at", UTCDateTime(), nullable=True),
        sa.Column("storage_total", sa.BigInteger(), nullable=True),
        sa.Column("last_seen", UTCDateTime(), nullable=True),
        sa.Column("storage_free", sa.BigInteger(), nullable=True),
        sa.Column("iccid", sa.Text(), nullable=True),
        sa.Column("udid", sa.Text(), nullable=True),
        sa.Column("ethernet_mac", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("primary_user_id", sa.Text(), nullable=True),
        sa.Column("enriched_at", UTCDateTime(), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.CheckConstraint("(closed_at IS NULL) = (closed_because IS NULL)", name=op.f("ck_enrolment_closed_says_why")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_enrolment_device_id_device")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_enrolment_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_enrolment_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrolment_device_id"), ["device_id"], unique=False)
        batch_op.create_index(
            "ix_enrolment_iccid",
            ["iccid"],
            unique=False,
            sqlite_where=sa.text("iccid IS NOT NULL"),
            postgresql_where=sa.text("iccid IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_enrolment_tenant_id_intune_id_open",
            ["tenant_id", "intune_id"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "remote_order",
        sa.Column("tenant_id", Id, nullable=False),
        sa.Column("device_id", Id, nullable=False),
        sa.Column("enrolment_id", Id, nullable=False),
        sa.Column("intune_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("told", Json(), nullable=False),
        sa.Column("ownership", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("needs_second", sa.Boolean(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", UTCDateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("confirmed_by", sa.Text(), nullable=True),
        sa.Column("confirmed_at", UTCDateTime(), nullable=True),
        sa.Column("sent_as", sa.Text(), nullable=True),
        sa.Column("sent_at", UTCDateTime(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("sending_since", UTCDateTime(), nullable=True),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("process", sa.Integer(), nullable=True),
        sa.Column("before_at", UTCDateTime(), nullable=True),
        sa.Column("looked_at", UTCDateTime(), nullable=True),
        sa.Column("brought", sa.Boolean(), nullable=False),
        sa.Column("shown_at", UTCDateTime(), nullable=True),
        sa.Column("shown_to", sa.Text(), nullable=True),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "(ended_at IS NOT NULL) = (state = 'done' OR state = 'failed' OR state = 'cancelled')",
            name=op.f("ck_remote_order_ended_says_when"),
        ),
        sa.CheckConstraint(
            "NOT needs_second OR confirmed_by IS NOT NULL OR state = 'asked' OR state = 'cancelled'",
            name=op.f("ck_remote_order_confirmed_before_it_is_sent"),
        ),
        sa.CheckConstraint(
            "action = 'sync' OR action = 'rename' OR action = 'category' OR action = 'notes' OR action = 'restart' OR action = 'lock' OR action = 'lost-mode-on' OR action = 'lost-mode-off' OR action = 'locate' OR action = 'play-sound' OR action = 'reset-passcode' OR action = 'bypass-activation-lock' OR action = 'retire' OR action = 'wipe' OR action = 'delete'",
            name=op.f("ck_remote_order_action"),
        ),
        sa.CheckConstraint(
            "ownership = 'organisation' OR action = 'retire'", name=op.f("ck_remote_order_personal_is_only_retired")
        ),
        sa.CheckConstraint(
            "ownership = 'organisation' OR ownership = 'personal'", name=op.f("ck_remote_order_ownership")
        ),
        sa.CheckConstraint(
            "state = 'asked' OR state = 'queued' OR state = 'accepted' OR state = 'unsure' OR state = 'done' OR state = 'failed' OR state = 'cancelled'",
            name=op.f("ck_remote_order_state"),
        ),
        sa.CheckConstraint(
            "NOT needs_second OR confirmed_by IS NULL OR confirmed_by <> asked_by",
            name=op.f("ck_remote_order_second_is_somebody_else"),
        ),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_remote_order_device_id_device")),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_remote_order_enrolment_id_enrolment")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_remote_order_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_remote_order_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remote_order")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("remote_order", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_remote_order_device_id"), ["device_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_remote_order_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index("ix_remote_order_state", ["state"], unique=False)
        batch_op.create_index(
            "uq_remote_order_enrolment_id_action_open",
            ["enrolment_id", "action"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "incident",
        sa.Column("device_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("reported_at", UTCDateTime(), nullable=False),
        sa.Column("closed_at", UTCDateTime(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("value_pence", sa.Integer(), nullable=True),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.CheckConstraint("kind = 'lost' OR kind = 'stolen' OR kind = 'damaged'", name=op.f("ck_incident_kind")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_incident_device_id_device")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_incident_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_incident_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incident_device_id"), ["device_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_incident_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_incident_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "uq_incident_device_id_open",
            ["device_id"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "reservation",
        sa.Column("device_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "state = 'open' OR state = 'issued' OR state = 'cancelled'", name=op.f("ck_reservation_state")
        ),
        sa.CheckConstraint("until_on IS NULL OR until_on >= from_on", name=op.f("ck_reservation_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_reservation_device_id_device")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_reservation_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reservation_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("reservation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reservation_device_id"), ["device_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reservation_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reservation_person_id"), ["person_id"], unique=False)

    op.create_table(
        "sim",
        sa.Column("iccid", sa.Text(), nullable=False),
        sa.Column("line_id", Id, nullable=True),
        sa.Column("device_id", Id, nullable=True),
        sa.Column("is_esim", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "state = 'stock' OR state = 'active' OR state = 'lost' OR state = 'ended'", name=op.f("ck_sim_state")
        ),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_sim_device_id_device")),
        sa.ForeignKeyConstraint(["line_id"], ["line.id"], name=op.f("fk_sim_line_id_line")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_sim_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sim")),
        sa.UniqueConstraint("iccid", name=op.f("uq_sim_iccid")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("sim", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sim_device_id"), ["device_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sim_line_id"), ["line_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sim_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "stocktake_expected",
        sa.Column("stocktake_id", Id, nullable=False),
        sa.Column("device_id", Id, nullable=False),
        sa.Column("site_id", Id, nullable=True),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_stocktake_expected_device_id_device")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_stocktake_expected_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_stocktake_expected_person_id_person")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_stocktake_expected_site_id_site")),
        sa.ForeignKeyConstraint(
            ["stocktake_id"], ["stocktake.id"], name=op.f("fk_stocktake_expected_stocktake_id_stocktake")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stocktake_expected")),
        sa.UniqueConstraint("stocktake_id", "device_id", name=op.f("uq_stocktake_expected_stocktake_id_device_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("stocktake_expected", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stocktake_expected_device_id"), ["device_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stocktake_expected_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stocktake_expected_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stocktake_expected_stocktake_id"), ["stocktake_id"], unique=False)

    op.create_table(
        "stocktake_scan",
        sa.Column("stocktake_id", Id, nullable=False),
        sa.Column("device_id", Id, nullable=True),
        sa.Column("scanned", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("scanned_at", UTCDateTime(), nullable=False),
        sa.Column("scanned_by", sa.Text(), nullable=False),
        sa.Column("site_id", Id, nullable=True),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("holder_confirmed", sa.Boolean(), nullable=False),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_stocktake_scan_device_id_device")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_stocktake_scan_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_stocktake_scan_person_id_person")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_stocktake_scan_site_id_site")),
        sa.ForeignKeyConstraint(
            ["stocktake_id"], ["stocktake.id"], name=op.f("fk_stocktake_scan_stocktake_id_stocktake")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stocktake_scan")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("stocktake_scan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stocktake_scan_device_id"), ["device_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stocktake_scan_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stocktake_scan_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stocktake_scan_stocktake_id"), ["stocktake_id"], unique=False)

    op.create_table(
        "assignment_item",
        sa.Column("assignment_id", Id, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sim_id", Id, nullable=True),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("missing", sa.Boolean(), nullable=False),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.CheckConstraint("(kind = 'sim') = (sim_id IS NOT NULL)", name=op.f("ck_assignment_item_only_sims_are_sims")),
        sa.CheckConstraint(
            "kind = 'case' OR kind = 'charger' OR kind = 'cable' OR kind = 'keyboard' OR kind = 'pencil' OR kind = 'sim' OR kind = 'other'",
            name=op.f("ck_assignment_item_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_assignment_item_assignment_id_assignment")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_assignment_item_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["sim_id"], ["sim.id"], name=op.f("fk_assignment_item_sim_id_sim")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment_item")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("assignment_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignment_item_assignment_id"), ["assignment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_assignment_item_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_assignment_item_sim_id"), ["sim_id"], unique=False)

    op.create_table(
        "incident_step",
        sa.Column("incident_id", Id, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("done_at", UTCDateTime(), nullable=False),
        sa.Column("done_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_incident_step_incident_id_incident")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_incident_step_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_step")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("incident_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incident_step_incident_id"), ["incident_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_incident_step_organisation_id"), ["organisation_id"], unique=False)
    op.create_table(
        "apple_source",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("last_complete_at", UTCDateTime(), nullable=True),
        sa.Column("last_count", sa.Integer(), nullable=True),
        sa.Column("servers", Json(), nullable=False),
        sa.Column("right_servers", Json(), nullable=False),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.CheckConstraint("kind = 'business' OR kind = 'ade'", name=op.f("ck_apple_source_kind")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_apple_source_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_apple_source")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_apple_source_kind_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("apple_source", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_apple_source_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "apple_listing",
        sa.Column("source_id", Id, nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("family", sa.Text(), nullable=True),
        sa.Column("order_number", sa.Text(), nullable=True),
        sa.Column("ordered_on", sa.Date(), nullable=True),
        sa.Column("added_on", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("server", sa.Text(), nullable=True),
        sa.Column("coverage_until", sa.Date(), nullable=True),
        sa.Column("coverage", sa.Text(), nullable=True),
        sa.Column("coverage_asked_at", UTCDateTime(), nullable=True),
        sa.Column("missing_runs", sa.Integer(), server_default="0", nullable=False),
        sa.Column("gone_at", UTCDateTime(), nullable=True),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_apple_listing_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["apple_source.id"], name=op.f("fk_apple_listing_source_id_apple_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_apple_listing")),
        sa.UniqueConstraint("source_id", "serial", name=op.f("uq_apple_listing_source_id_serial")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("apple_listing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_apple_listing_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_apple_listing_serial"), ["serial"], unique=False)

    op.create_table(
        "service_token",
        sa.Column("tenant_id", Id, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("graph_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("expires_at", UTCDateTime(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("synced_at", UTCDateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.CheckConstraint("kind = 'push' OR kind = 'ade' OR kind = 'vpp'", name=op.f("ck_service_token_kind")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_service_token_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_service_token_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_token")),
        sa.UniqueConstraint("tenant_id", "kind", "graph_id", name=op.f("uq_service_token_tenant_id_kind_graph_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("service_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_token_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "app_device",
        sa.Column("tenant_id", Id, nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=True),
        sa.Column("os_version", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("registered_at", UTCDateTime(), nullable=True),
        sa.Column("last_seen", UTCDateTime(), nullable=True),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_app_device_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_app_device_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_device")),
        sa.UniqueConstraint("tenant_id", "user_id", "tag", name=op.f("uq_app_device_tenant_id_user_id_tag")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("app_device", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_app_device_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "portal_action",
        sa.Column("tenant_id", Id, nullable=False),
        sa.Column("device_id", Id, nullable=False),
        sa.Column("audit_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("sent_at", UTCDateTime(), nullable=False),
        sa.Column("sent_by", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("organisation_id", Id, nullable=False),
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_portal_action_device_id_device")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_portal_action_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_portal_action_tenant_id_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_action")),
        sa.UniqueConstraint("tenant_id", "audit_id", name=op.f("uq_portal_action_tenant_id_audit_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("portal_action", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_portal_action_device_id"), ["device_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_portal_action_organisation_id"), ["organisation_id"], unique=False)

    op.execute(sa.text("INSERT INTO chain_head (id, event_id, hash, events) VALUES (1, NULL, '" + "0" * 64 + "', 0)"))


def downgrade() -> None:
    """Take them away again."""
    with op.batch_alter_table("portal_action", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_portal_action_device_id"))
        batch_op.drop_index(batch_op.f("ix_portal_action_organisation_id"))

    op.drop_table("portal_action")
    with op.batch_alter_table("app_device", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_app_device_organisation_id"))

    op.drop_table("app_device")
    with op.batch_alter_table("service_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_service_token_organisation_id"))

    op.drop_table("service_token")
    with op.batch_alter_table("apple_listing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_apple_listing_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_apple_listing_serial"))

    op.drop_table("apple_listing")
    with op.batch_alter_table("apple_source", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_apple_source_organisation_id"))

    op.drop_table("apple_source")

    with op.batch_alter_table("incident_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incident_step_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_incident_step_incident_id"))

    op.drop_table("incident_step")
    with op.batch_alter_table("assignment_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assignment_item_sim_id"))
        batch_op.drop_index(batch_op.f("ix_assignment_item_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_assignment_item_assignment_id"))

    op.drop_table("assignment_item")
    with op.batch_alter_table("stocktake_scan", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stocktake_scan_stocktake_id"))
        batch_op.drop_index(batch_op.f("ix_stocktake_scan_person_id"))
        batch_op.drop_index(batch_op.f("ix_stocktake_scan_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_stocktake_scan_device_id"))

    op.drop_table("stocktake_scan")
    with op.batch_alter_table("stocktake_expected", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stocktake_expected_stocktake_id"))
        batch_op.drop_index(batch_op.f("ix_stocktake_expected_person_id"))
        batch_op.drop_index(batch_op.f("ix_stocktake_expected_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_stocktake_expected_device_id"))

    op.drop_table("stocktake_expected")
    with op.batch_alter_table("sim", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sim_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_sim_line_id"))
        batch_op.drop_index(batch_op.f("ix_sim_device_id"))

    op.drop_table("sim")
    with op.batch_alter_table("reservation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reservation_person_id"))
        batch_op.drop_index(batch_op.f("ix_reservation_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_reservation_device_id"))

    op.drop_table("reservation")
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_incident_device_id_open",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_incident_person_id"))
        batch_op.drop_index(batch_op.f("ix_incident_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_incident_device_id"))

    op.drop_table("incident")
    with op.batch_alter_table("remote_order", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_remote_order_enrolment_id_action_open",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index("ix_remote_order_state")
        batch_op.drop_index(batch_op.f("ix_remote_order_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_remote_order_device_id"))

    op.drop_table("remote_order")
    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_enrolment_tenant_id_intune_id_open",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_enrolment_iccid"))
        batch_op.drop_index(batch_op.f("ix_enrolment_device_id"))

    op.drop_table("enrolment")
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.drop_index("ix_change_subject_subject_id")
        batch_op.drop_index(batch_op.f("ix_change_event_id"))

    op.drop_table("change")
    with op.batch_alter_table("byod_registration", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_byod_registration_intune_id_open",
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_byod_registration_person_id"))
        batch_op.drop_index(batch_op.f("ix_byod_registration_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_byod_registration_intune_id"))
        batch_op.drop_index(batch_op.f("ix_byod_registration_device_id"))

    op.drop_table("byod_registration")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_assignment_device_id_open",
            sqlite_where=sa.text("returned_on IS NULL"),
            postgresql_where=sa.text("returned_on IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_assignment_team_id"))
        batch_op.drop_index(batch_op.f("ix_assignment_site_id"))
        batch_op.drop_index(batch_op.f("ix_assignment_return_receipt_id"))
        batch_op.drop_index(batch_op.f("ix_assignment_receipt_id"))
        batch_op.drop_index(
            "ix_assignment_person_id_open",
            sqlite_where=sa.text("returned_on IS NULL"),
            postgresql_where=sa.text("returned_on IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_assignment_person_id"))
        batch_op.drop_index(batch_op.f("ix_assignment_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_assignment_device_id"))

    op.drop_table("assignment")
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_receipt_person_id"))
        batch_op.drop_index(batch_op.f("ix_receipt_organisation_id"))

    op.drop_table("receipt")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_undoes_id"))
        batch_op.drop_index(batch_op.f("ix_event_run_id"))
        batch_op.drop_index(batch_op.f("ix_event_recorded_at"))
        batch_op.drop_index(batch_op.f("ix_event_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_event_effective_at"))

    op.drop_table("event")
    with op.batch_alter_table("device", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_device_serial",
            sqlite_where=sa.text("serial IS NOT NULL"),
            postgresql_where=sa.text("serial IS NOT NULL"),
        )
        batch_op.drop_index(
            "uq_device_organisation_id_asset_tag",
            sqlite_where=sa.text("asset_tag IS NOT NULL"),
            postgresql_where=sa.text("asset_tag IS NOT NULL"),
        )
        batch_op.drop_index(
            "uq_device_imei", sqlite_where=sa.text("imei IS NOT NULL"), postgresql_where=sa.text("imei IS NOT NULL")
        )
        batch_op.drop_index(batch_op.f("ix_device_team_id"))
        batch_op.drop_index(batch_op.f("ix_device_status"))
        batch_op.drop_index(batch_op.f("ix_device_site_id"))
        batch_op.drop_index(batch_op.f("ix_device_purchase_id"))
        batch_op.drop_index(batch_op.f("ix_device_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_device_model_id"))
        batch_op.drop_index(batch_op.f("ix_device_imei2"))
        batch_op.drop_index(batch_op.f("ix_device_delivery_id"))
        batch_op.drop_index(batch_op.f("ix_device_asset_tag"))

    op.drop_table("device")
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_run_source_running",
            sqlite_where=sa.text("state = 'running' AND kind = 'sync'"),
            postgresql_where=sa.text("state = 'running' AND kind = 'sync'"),
        )
        batch_op.drop_index(
            "uq_run_tenant_id_running",
            sqlite_where=sa.text("state = 'running'"),
            postgresql_where=sa.text("state = 'running'"),
        )
        batch_op.drop_index(batch_op.f("ix_run_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_run_event_id"))

    op.drop_table("run")
    with op.batch_alter_table("report_delivery", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_delivery_organisation_id"))

    op.drop_table("report_delivery")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_person_tenant_id_entra_id",
            sqlite_where=sa.text("entra_id IS NOT NULL"),
            postgresql_where=sa.text("entra_id IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_person_upn"))
        batch_op.drop_index(batch_op.f("ix_person_tenant_id"))
        batch_op.drop_index(batch_op.f("ix_person_team_id"))
        batch_op.drop_index(batch_op.f("ix_person_site_id"))
        batch_op.drop_index(batch_op.f("ix_person_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_person_manager_id"))

    op.drop_table("person")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_site_id"))
        batch_op.drop_index(batch_op.f("ix_delivery_purchase_id"))
        batch_op.drop_index(batch_op.f("ix_delivery_organisation_id"))

    op.drop_table("delivery")
    with op.batch_alter_table("tenant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tenant_organisation_id"))

    op.drop_table("tenant")
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_team_organisation_id"))

    op.drop_table("team")
    with op.batch_alter_table("stocktake", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stocktake_organisation_id"))

    op.drop_table("stocktake")
    with op.batch_alter_table("site", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_site_organisation_id"))

    op.drop_table("site")
    with op.batch_alter_table("purchase", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_purchase_organisation_id"))

    op.drop_table("purchase")
    op.drop_table("operator_organisation")
    with op.batch_alter_table("line", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_line_number", sqlite_where=sa.text("number IS NOT NULL"), postgresql_where=sa.text("number IS NOT NULL")
        )
        batch_op.drop_index(batch_op.f("ix_line_organisation_id"))

    op.drop_table("line")
    with op.batch_alter_table("finding_count", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_finding_count_organisation_id"))

    op.drop_table("finding_count")
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.drop_index("ix_finding_subject_type_subject_id")
        batch_op.drop_index("ix_finding_state_rule")
        batch_op.drop_index(batch_op.f("ix_finding_organisation_id"))

    op.drop_table("finding")
    op.drop_table("receipt_text")
    op.drop_table("organisation")
    op.drop_table("operator")
    op.drop_table("import_mapping")
    op.drop_table("device_model")
    op.drop_table("chain_head")

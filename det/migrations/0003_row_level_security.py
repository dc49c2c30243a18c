"""PostgreSQL itself keeps every agency's records apart: see det/scope.py. Other databases are left as they are."""

from django.db import migrations

BY_AGENCY = (
    "det_client",
    "det_episode",
    "det_intervention",
    "det_subinterventionreview",
    "det_outcomesprofile",
    "det_clientinformationreview",
    "det_finding",
)
# Written as queries, the settings are read once for each statement and not for each row.
ALL = "(SELECT current_setting('ndtms.scope', true)) = 'all'"
OF_AGENCIES = (
    "agency_id = ANY (CAST((SELECT NULLIF(current_setting('ndtms.agencies', true), '')) AS bigint[]))"
)
# The client is looked for under the policy of its own table.
OF_CLIENT = "EXISTS (SELECT 1 FROM det_client WHERE det_client.id = det_explanation.client_id)"
POLICIES = {
    **{table: f"{ALL} OR {OF_AGENCIES}" for table in BY_AGENCY},
    "det_explanation": f"{ALL} OR {OF_CLIENT}",
}


def protect(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for table, condition in POLICIES.items():
        schema_editor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        # Otherwise it would not hold for the owner of the tables, as whom the product connects.
        schema_editor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        # The condition for rows that are read is that for rows that are written too.
        schema_editor.execute(f"CREATE POLICY of_agency ON {table} USING ({condition})")


def unprotect(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for table in POLICIES:
        schema_editor.execute(f"DROP POLICY of_agency ON {table}")
        schema_editor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        schema_editor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


class Migration(migrations.Migration):
    dependencies = [("det", "0002_agency_places")]

    operations = [migrations.RunPython(protect, unprotect)]

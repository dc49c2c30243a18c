"""The database refuses to change or remove an event, whoever asks for it; on PostgreSQL it also keeps the chain's lock.

On SQLite a later migration that makes the table anew, which most changes of a column do, loses its triggers: such a
migration ends with these operations again.
"""

from django.db import migrations

from ndtms.audit.protection import protect, unprotect

# A function reads in a snapshot of its own, taken after the lock was given; one plain query would still see the table
# as it was before it had to wait, and two events would follow the same one.
LAST_HASH = """
CREATE FUNCTION audit_last_hash() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE last text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('audit_auditevent'));
    SELECT hash INTO last FROM audit_auditevent ORDER BY id DESC LIMIT 1;
    RETURN COALESCE(last, '');
END $$
"""


def make_lock(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(LAST_HASH)


def drop_lock(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION audit_last_hash()")


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_chain")]

    operations = [
        migrations.RunPython(make_lock, drop_lock),
        migrations.RunPython(
            lambda apps, schema_editor: protect(schema_editor.connection),
            lambda apps, schema_editor: unprotect(schema_editor.connection),
        ),
    ]

"""From where each event was asked for, and the chain of hashes; the events that there are come first in it."""

from django.db import migrations, models

from ndtms.audit.chain import chain_existing


def chain(apps, schema_editor):
    # The text that is hashed can never change, so it is not copied here.
    chain_existing(apps.get_model("audit", "AuditEvent").objects.all())


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.AlterModelOptions(
            name="auditevent", options={"base_manager_name": "objects", "ordering": ["-id"]}
        ),
        migrations.AddField("auditevent", "address", models.CharField(blank=True, max_length=45, default=""), preserve_default=False),
        migrations.AddField("auditevent", "region", models.CharField(blank=True, max_length=40, default=""), preserve_default=False),
        migrations.AddField("auditevent", "previous", models.CharField(blank=True, max_length=64, default=""), preserve_default=False),
        migrations.AddField("auditevent", "hash", models.CharField(max_length=64, default=""), preserve_default=False),
        migrations.RunPython(chain, migrations.RunPython.noop),
        migrations.AddIndex("auditevent", models.Index(fields=["agency", "-id"], name="audit_of_agency")),
        migrations.AddConstraint("auditevent", models.UniqueConstraint(fields=["previous"], name="audit_is_one_chain")),
    ]

"""The agency of an account becomes its first membership."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


def keep_agencies(apps, schema_editor):
    membership = apps.get_model("accounts", "Membership")
    for user in apps.get_model("accounts", "User").objects.exclude(agency=None):
        membership.objects.create(user=user, agency_id=user.agency_id)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("det", "0002_agency_places")]

    operations = [
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "since",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="memberships",
                        to="det.agency",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "agency"), name="membership_unique")
                ],
            },
        ),
        migrations.RunPython(keep_agencies, migrations.RunPython.noop),
    ]

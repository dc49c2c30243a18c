from django.db import migrations


def judge_anew(apps, schema_editor):
    """Findings name rules, parts and items that are others now; the first visit judges every agency anew."""
    apps.get_model("det", "Finding").objects.all().delete()
    apps.get_model("det", "Agency").objects.update(checked_on=None)


class Migration(migrations.Migration):

    dependencies = [
        ('det', '0005_sent_again'),
    ]

    operations = [
        migrations.RunPython(judge_anew, migrations.RunPython.noop),
    ]

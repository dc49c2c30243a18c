import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_memberships'),
        ('det', '0002_agency_places'),
    ]

    operations = [
        migrations.RemoveField(model_name='user', name='agency'),
        migrations.AddField(
            model_name='user',
            name='agencies',
            field=models.ManyToManyField(related_name='people', through='accounts.Membership', to='det.agency'),
        ),
        migrations.AddField(
            model_name='user',
            name='created_at',
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.AddField(
            model_name='user',
            name='region',
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name='user',
            name='role',
            field=models.CharField(choices=[('data_entry', 'Data entry'), ('lead', 'Provider lead'), ('regional', 'Regional team'), ('national', 'National team'), ('supplier', 'Software supplier')], default='data_entry', max_length=10),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('role', 'regional'), models.Q(('region', ''), _negated=True)), models.Q(models.Q(('role', 'regional'), _negated=True), ('region', '')), _connector='OR'), name='user_region_of_regional_team'),
        ),
    ]

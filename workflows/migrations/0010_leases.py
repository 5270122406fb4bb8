"""A claim is a row of its own, not a change of every delivery in it."""

import django.db.models.deletion
from django.db import migrations, models


def give_back(apps, schema_editor):
    """No worker runs while tables change: what one held when it was stopped is sent again."""
    deliveries = apps.get_model("workflows", "Delivery").objects.using(schema_editor.connection.alias)
    deliveries.filter(status="sending").update(status="pending")


STATUSES = ["pending", "accepted", "rejected", "failed", "skipped"]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_key_canary"),
        ("workflows", "0009_drain_calls"),
    ]

    operations = [
        migrations.RunPython(give_back, migrations.RunPython.noop, elidable=True),
        migrations.CreateModel(
            name="Lease",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("owner", models.CharField(max_length=64)),
                ("expires_at", models.DateTimeField()),
                ("delivery_ids", models.TextField()),
                ("unrecorded", models.PositiveIntegerField()),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.source"
                    ),
                ),
            ],
        ),
        migrations.RemoveIndex(model_name="delivery", name="delivery_leases"),
        migrations.RemoveConstraint(model_name="delivery", name="delivery_status_known"),
        migrations.RemoveField(model_name="delivery", name="lease_owner"),
        migrations.RemoveField(model_name="delivery", name="lease_expires_at"),
        migrations.AlterField(
            model_name="delivery",
            name="status",
            field=models.CharField(
                choices=[(status, status.capitalize()) for status in STATUSES],
                default="pending",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", STATUSES)), name="delivery_status_known"
            ),
        ),
    ]

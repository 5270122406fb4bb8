"""An attempt is a request, which the deliveries in it name, instead of a row for each of them."""

from django.db import migrations, models

# The attempts that there are stay one for each delivery.
NAME_ATTEMPTS = {
    "sqlite": """
        UPDATE workflows_delivery SET attempt_keys = (
            SELECT coalesce(group_concat(id, ' ') || ' ', '') FROM (
                SELECT id FROM workflows_attempt WHERE delivery_id = workflows_delivery.id ORDER BY number, id
            )
        ) WHERE attempt_count > 0
    """,
    "postgresql": """
        UPDATE workflows_delivery SET attempt_keys = tried.keys FROM (
            SELECT delivery_id, string_agg(id::text, ' ' ORDER BY number, id) || ' ' AS keys
            FROM workflows_attempt GROUP BY delivery_id
        ) tried WHERE tried.delivery_id = workflows_delivery.id
    """,
}


def name_attempts(apps, schema_editor):
    schema_editor.execute(NAME_ATTEMPTS[schema_editor.connection.vendor])


class Migration(migrations.Migration):
    dependencies = [("workflows", "0010_leases")]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="attempt_keys",
            field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
        # The way back is open only where there are no attempts: a row of them has no delivery to go back to.
        migrations.RunPython(name_attempts, migrations.RunPython.noop, elidable=True),
        migrations.AlterModelOptions(name="attempt", options={}),
        migrations.RemoveField(model_name="attempt", name="delivery"),
        migrations.RemoveField(model_name="attempt", name="number"),
        migrations.AddIndex(
            model_name="attempt", index=models.Index(fields=["started_at"], name="attempt_age")
        ),
    ]

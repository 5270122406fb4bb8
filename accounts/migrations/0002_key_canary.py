"""Plants the canary that start-up checks decrypt."""

from django.db import migrations

from accounts.models import KeyCanary


def plant(apps, schema_editor):
    KeyCanary.plant(apps.get_model("accounts", "KeyCanary"), schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunPython(plant, migrations.RunPython.noop)]

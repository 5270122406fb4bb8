"""JSON columns become `json` instead of `jsonb` on PostgreSQL; on SQLite they are text before and after."""

from django.db import migrations

from workflows.models.fields import WrittenJSONField

COLUMNS = [
    ("delivery", "reason_params", WrittenJSONField(blank=True, default=dict)),
    ("segmenttask", "context", WrittenJSONField(blank=True, default=dict)),
    ("segmenttask", "integrations", WrittenJSONField(blank=True, default=dict)),
    ("segmenttask", "rows", WrittenJSONField(blank=True, default=list)),
    ("submission", "answers", WrittenJSONField()),
    ("survey", "allowed_origins", WrittenJSONField(blank=True, default=list, verbose_name="allowed origins")),
    ("surveyfield", "sample", WrittenJSONField(blank=True, null=True, verbose_name="sample value")),
    ("surveysample", "answers", WrittenJSONField()),
    ("taskrevision", "definition", WrittenJSONField()),
]


def alter_columns(schema_editor, kind):
    if schema_editor.connection.vendor != "postgresql":
        return  # SQLite would copy each table to change nothing
    for model, column, _ in COLUMNS:
        schema_editor.execute(f'ALTER TABLE workflows_{model} ALTER COLUMN "{column}" TYPE {kind}')


class Migration(migrations.Migration):
    dependencies = [("workflows", "0005_metric_counts")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunPython(
                    lambda apps, schema_editor: alter_columns(schema_editor, "json"),
                    lambda apps, schema_editor: alter_columns(schema_editor, "jsonb"),
                )
            ],
            state_operations=[migrations.AlterField(*column) for column in COLUMNS],
        )
    ]

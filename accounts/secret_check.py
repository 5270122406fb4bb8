"""Whether every stored secret decrypts with the present keys."""

from __future__ import annotations

from django.apps import apps
from django.db.models import Model

from accounts.fields import SecretField, SecretUnreadableError


def unreadable_secrets(alias: str = "default") -> list[str]:
    """Table, column and id of each secret that does not decrypt; the secrets themselves stay here."""
    return [
        f"{model._meta.db_table}.{field.column} of id {pk}"
        for model in apps.get_app_config("accounts").get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, SecretField)
        for pk in model._base_manager.using(alias).order_by("pk").values_list("pk", flat=True)
        if not _is_readable(model, field.name, pk, alias)
    ]


def _is_readable(model: type[Model], name: str, pk: object, alias: str) -> bool:
    try:
        model._base_manager.using(alias).values_list(name, flat=True).get(pk=pk)
    except SecretUnreadableError:
        return False
    return True

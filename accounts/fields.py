"""The encrypted column for tokens and write keys, without the two traps of django-encrypted-model-fields.

1. With a wrong key the library returns the ciphertext as if it were the secret. Here that is an error.
2. The library decrypts whatever looks like its ciphertext on the way in, so a ciphertext pasted into a form
   would be taken for the secret inside it. Here text that looks like a Fernet token is refused.
"""

from __future__ import annotations

from typing import Any

from cryptography.fernet import InvalidToken
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from encrypted_model_fields import fields

FERNET_PREFIX = "gAAAA"  # version byte 0x80 and the first bytes of a 64-bit time, in base64
FERNET_MIN_LENGTH = 100


class SecretUnreadableError(Exception):
    """A stored secret does not decrypt with the keys in FIELD_ENCRYPTION_KEY."""


def is_ciphertext(text: str) -> bool:
    """Whether `text` looks like a Fernet token (what an encrypted column holds)."""
    return text.startswith(FERNET_PREFIX) and len(text) >= FERNET_MIN_LENGTH


def refuse_ciphertext(text: str) -> None:
    """A form validator: an encrypted value was pasted where a token or write key belongs."""
    if is_ciphertext(text):
        raise ValidationError(
            _("This is an encrypted value, not a token or write key. Copy the original from Segment."),
            code="ciphertext",
        )


class SecretField(fields.EncryptedCharField):  # type: ignore[misc]
    """An encrypted text column that never mistakes ciphertext for the secret."""

    def from_db_value(self, value: Any, *args: Any) -> Any:
        if value is None or value == "":
            return value
        try:
            return fields.decrypt_str(value)
        except InvalidToken:
            raise SecretUnreadableError(
                f"{self.model._meta.label}.{self.name} does not decrypt: is FIELD_ENCRYPTION_KEY right?"
            ) from None

    def to_python(self, value: Any) -> Any:
        return value

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        if isinstance(value, str) and is_ciphertext(value):
            raise SecretUnreadableError(f"{self.model._meta.label}.{self.name} was given ciphertext to store")
        return super().get_db_prep_save(value, connection)

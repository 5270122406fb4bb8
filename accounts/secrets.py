"""The only door to decrypted tokens and write keys."""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings

from accounts.models import SegmentAccount, Source


def account_token(account: SegmentAccount) -> str:
    """The account's token or write key. Raises `SecretUnreadableError` when it does not decrypt."""
    return str(SegmentAccount.objects.values_list("secret", flat=True).get(pk=account.pk))


def source_write_keys(source_ids: set[int]) -> dict[int, str]:
    """Write keys by source id. Raises `SecretUnreadableError` when one does not decrypt."""
    return dict(Source.objects.filter(pk__in=source_ids).values_list("pk", "write_key"))


def write_key_digest(write_key: str) -> str:
    """A keyed hash that finds a write key without decrypting (64 hex digits)."""
    return hmac.new(settings.SECRET_KEY.encode(), write_key.encode(), hashlib.sha256).hexdigest()

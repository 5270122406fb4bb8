"""Connecting, checking and removing Segment accounts.

Segment is asked first and the database is written afterwards: no HTTP happens inside a transaction.
"""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.errors import AccountInUseError, OtherWorkspaceError, WriteKeyTakenError
from accounts.fields import SecretUnreadableError
from accounts.models import AccountHealth, AccountKind, Brand, SegmentAccount, Source, User
from accounts.secrets import account_token, write_key_digest
from accounts.selectors import account_usage
from accounts.services.sources import add_write_key_source, public_api_timeouts
from segment.errors import BadToken
from segment.public_api import TokenCheck, detect_account


def connect_account(
    *, brand: Brand, owner: User | None, created_by: User, name: str, token: str
) -> SegmentAccount:
    """Ask both regions what the token opens, then store it; `owner` None shares it with the brand.

    A token without Source Admin is connected too: its health says what it lacks. Raises `SegmentError`.
    """
    token = token.strip()
    check = detect_account(settings.SEGMENT_ENDPOINTS, token, public_api_timeouts())
    return SegmentAccount.objects.create(
        brand=brand,
        owner=owner,
        created_by=created_by,
        name=name,
        kind=AccountKind.TOKEN,
        secret=token,
        secret_last4=token[-4:],
        **_proved(check),
    )


def connect_write_key(
    *, brand: Brand, owner: User | None, created_by: User, name: str, write_key: str, region: str
) -> SegmentAccount:
    """Store a write key and its source. Segment offers no way to check a write key, or its region."""
    write_key = write_key.strip()
    with transaction.atomic():
        account = SegmentAccount.objects.create(
            brand=brand,
            owner=owner,
            created_by=created_by,
            name=name,
            kind=AccountKind.WRITE_KEY,
            secret=write_key,
            secret_last4=write_key[-4:],
            region=region,
        )
        add_write_key_source(account, write_key)
    return account


def check_account(account: SegmentAccount) -> SegmentAccount:
    """Ask Segment again, and keep what it says. A refused token is a result; other trouble is raised.

    A write key cannot be checked: its account comes back as it is. Raises `SegmentError`,
    `SecretUnreadableError`.
    """
    if not account.has_token:
        return account
    try:
        check = detect_account(settings.SEGMENT_ENDPOINTS, account_token(account), public_api_timeouts())
    except BadToken:
        return _update(account, health=AccountHealth.BAD_TOKEN, checked_at=timezone.now())
    return _update(account, **_proved(check))


def replace_secret(account: SegmentAccount, token: str) -> SegmentAccount:
    """Put a new token (or write key) in place of the old one; tasks go on with it.

    Raises `SegmentError`, `OtherWorkspaceError`, `WriteKeyTakenError`; nothing is changed then.
    """
    token = token.strip()
    if not account.has_token:
        return _replace_write_key(account, token)
    check = detect_account(settings.SEGMENT_ENDPOINTS, token, public_api_timeouts())
    if account.workspace_id and check.workspace.id != account.workspace_id:
        raise OtherWorkspaceError(account.workspace_name, check.workspace.name)
    return _update(account, secret=token, secret_last4=token[-4:], **_proved(check))


def rename_account(account: SegmentAccount, name: str) -> SegmentAccount:
    return _update(account, name=name)


def remove_account(account: SegmentAccount) -> None:
    """Forget the account and its secret. Its sources stay, so what was saved with them is still sent.

    Raises `AccountInUseError` while a task, saved or draft, has it chosen.
    """
    with transaction.atomic():
        SegmentAccount.objects.select_for_update().filter(pk=account.pk).first()
        usage = account_usage(account)
        if usage.total:
            raise AccountInUseError(usage.uses, usage.total)
        account.delete()


def _proved(check: TokenCheck) -> dict[str, object]:
    """The columns a check fills. A workspace without sources shows no lack: it counts as good."""
    lacks = check.has_source_admin is False
    return {
        "region": check.region.value,
        "workspace_id": check.workspace.id,
        "workspace_name": check.workspace.name,
        "health": AccountHealth.NO_SOURCE_ADMIN if lacks else AccountHealth.GOOD,
        "checked_at": timezone.now(),
    }


def _replace_write_key(account: SegmentAccount, write_key: str) -> SegmentAccount:
    """The source behind the account keeps its row, so its tasks and their revisions send with the new key."""
    with transaction.atomic():
        digest = write_key_digest(write_key)
        replaced = _sources_behind(account)
        if Source.objects.filter(brand_id=account.brand_id, write_key_digest=digest).exclude(
            pk__in=replaced.values("pk")
        ):
            raise WriteKeyTakenError
        replaced.update(write_key=write_key, write_key_digest=digest, write_key_last4=write_key[-4:])
        return _update(account, secret=write_key, secret_last4=write_key[-4:])


def _sources_behind(account: SegmentAccount) -> QuerySet[Source]:
    """The source with the account's write key; where that cannot be read, the one made for the account."""
    sources = Source.objects.filter(brand_id=account.brand_id)
    try:
        return sources.filter(write_key_digest=write_key_digest(account_token(account)))
    except SecretUnreadableError:
        return sources.filter(account=account)


def _update(account: SegmentAccount, **columns: object) -> SegmentAccount:
    """Write just these columns: the secret is deferred and must not be decrypted to save a name."""
    for name, value in columns.items():
        setattr(account, name, value)
    account.save(update_fields=list(columns))
    return account

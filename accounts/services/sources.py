"""The sources of an account: listed and created through Segment, and remembered as `Source` rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils import timezone

from accounts.errors import MissingWriteKeyError, NoTokenError
from accounts.models import AccountHealth, SegmentAccount, Source
from accounts.secrets import account_token, write_key_digest
from segment import public_api
from segment.errors import BadToken
from segment.regions import RegionKey
from segment.transport import Timeouts


def public_api_timeouts() -> Timeouts:
    seconds = settings.SEGMENT_PUBLIC_API_SECONDS
    return Timeouts(
        connect_seconds=min(public_api.PUBLIC_API_TIMEOUTS.connect_seconds, seconds), read_seconds=seconds
    )


def list_sources(
    account: SegmentAccount, cursor: str | None = None, count: int = 100
) -> public_api.SourcePage:
    """One page of the workspace's sources. Raises `SegmentError`, `NoTokenError`, `SecretUnreadableError`."""
    with _api(account) as api:
        return api.sources(cursor, count)


def fetch_source(account: SegmentAccount, source_id: str) -> public_api.Source:
    """One source by Segment's id. Raises as `list_sources`, and `NotFound`."""
    with _api(account) as api:
        return api.source(source_id)


def create_source(account: SegmentAccount, slug: str) -> public_api.Source:
    """Create an "HTTP API" source. Raises as `list_sources`, and `Conflict`, `PermissionDenied`."""
    with _api(account) as api:
        return api.create_source(slug)


def remember_source(account: SegmentAccount, source: public_api.Source) -> Source:
    """The brand's row for a source of Segment: found by any of its write keys, else made with the first.

    A row that was made from a bare write key learns the source's name and workspace.
    Raises `MissingWriteKeyError` when Segment showed no write key.
    """
    if not source.write_keys:
        raise MissingWriteKeyError
    facts = _facts_of(account, source)
    digests = [write_key_digest(key) for key in source.write_keys]
    rows = Source.objects.filter(brand_id=account.brand_id, write_key_digest__in=digests)
    known = rows.order_by("pk").first() or _get_or_create(account, source.write_keys[0], facts)
    for name, value in facts.items():
        setattr(known, name, value)
    known.account_id = known.account_id or account.pk
    known.save(update_fields=[*facts, "account"])
    return known


def _facts_of(account: SegmentAccount, source: public_api.Source) -> dict[str, str]:
    return {
        "segment_id": source.id,
        "slug": source.slug,
        "name": source.name,
        "workspace_id": source.workspace_id or account.workspace_id,
        "workspace_name": account.workspace_name,
    }


def write_key_source(account: SegmentAccount) -> Source:
    """The one source of a write-key account."""
    return add_write_key_source(account, account_token(account))


def add_write_key_source(account: SegmentAccount, write_key: str) -> Source:
    """The brand's row for a bare write key, made under the account's name where it is new."""
    return _get_or_create(account, write_key, {"name": account.name})


def _get_or_create(account: SegmentAccount, write_key: str, facts: dict[str, str]) -> Source:
    source, _ = Source.objects.get_or_create(
        brand_id=account.brand_id,
        write_key_digest=write_key_digest(write_key),
        defaults={**facts, "account": account, "write_key": write_key, "write_key_last4": write_key[-4:]},
    )
    return source


@contextmanager
def _api(account: SegmentAccount) -> Iterator[public_api.PublicApi]:
    """The Public API of the account's region. A token that is refused on the way is remembered as such."""
    if not account.has_token:
        raise NoTokenError
    url = settings.SEGMENT_ENDPOINTS[RegionKey(account.region)].public_api_url
    with public_api.PublicApi(url, account_token(account), public_api_timeouts()) as api:
        try:
            yield api
        except BadToken:
            SegmentAccount.objects.filter(pk=account.pk).update(
                health=AccountHealth.BAD_TOKEN, checked_at=timezone.now()
            )
            raise

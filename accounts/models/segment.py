"""Where events may go: a Segment account, the sources picked from it, and the canary that proves the keys.

Secrets are deferred: a query that lists accounts neither decrypts nor holds them (see `accounts.secrets`).
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.fields import SecretField, refuse_ciphertext
from accounts.models.people import Brand, User


class RegionChoice(models.TextChoices):
    """Segment's regions; the values are those of `segment.regions.RegionKey`."""

    OREGON = "oregon", _("Oregon")
    DUBLIN = "dublin", _("Dublin")


class AccountKind(models.TextChoices):
    TOKEN = "token", _("API token")
    WRITE_KEY = "write_key", _("Write key")


class AccountHealth(models.TextChoices):
    """What Segment said at the last check. A write key cannot be checked: it stays unchecked."""

    UNCHECKED = "unchecked", _("Not checked")
    GOOD = "good", _("Connected")
    NO_SOURCE_ADMIN = "no_source_admin", _("Token lacks Source Admin")
    BAD_TOKEN = "bad_token", _("Token refused")


class AccountManager(models.Manager["SegmentAccount"]):
    def get_queryset(self) -> models.QuerySet[SegmentAccount]:
        return super().get_queryset().defer("secret")


class SegmentAccount(models.Model):
    """A way into one Segment workspace: an API token, or the write key of one source.

    `owner` empty: shared with the brand by an admin; otherwise personal to that user.
    `region` and `workspace_*` are what the token proved; a write key proves nothing: its region was said.
    """

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="segment_accounts")
    owner = models.ForeignKey(
        User, on_delete=models.CASCADE, null=True, blank=True, related_name="segment_accounts"
    )
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=10, choices=AccountKind, default=AccountKind.TOKEN)
    secret = SecretField(_("token"), max_length=500, validators=[refuse_ciphertext])
    secret_last4 = models.CharField(max_length=4)
    region = models.CharField(_("region"), max_length=10, choices=RegionChoice)
    workspace_id = models.CharField(max_length=100, blank=True)
    workspace_name = models.CharField(max_length=200, blank=True)
    health = models.CharField(max_length=20, choices=AccountHealth, default=AccountHealth.UNCHECKED)
    checked_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AccountManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=AccountKind.values), name="account_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(region__in=RegionChoice.values), name="account_region_known"
            ),
            models.CheckConstraint(
                condition=models.Q(health__in=AccountHealth.values), name="account_health_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_shared(self) -> bool:
        return self.owner_id is None

    @property
    def has_token(self) -> bool:
        return self.kind == AccountKind.TOKEN


class SourceManager(models.Manager["Source"]):
    def get_queryset(self) -> models.QuerySet[Source]:
        return super().get_queryset().defer("write_key")


class Source(models.Model):
    """A Segment source that some task sends to: the unit in which deliveries are batched.

    One row per brand and write key (`write_key_digest`, a keyed hash, finds it without decrypting).
    `segment_id`, `slug` and `workspace_*` are empty for a bare write key: Segment does not tell them.
    """

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="sources")
    account = models.ForeignKey(SegmentAccount, on_delete=models.SET_NULL, null=True, related_name="sources")
    segment_id = models.CharField(max_length=100, blank=True)
    slug = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=200)
    workspace_id = models.CharField(max_length=100, blank=True)
    workspace_name = models.CharField(max_length=200, blank=True)
    write_key = SecretField(max_length=200, validators=[refuse_ciphertext])
    write_key_digest = models.CharField(max_length=64)
    write_key_last4 = models.CharField(max_length=4)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SourceManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brand", "write_key_digest"], name="source_once_a_brand")
        ]

    def __str__(self) -> str:
        return self.name


class KeyCanary(models.Model):
    """One row with a known text: a start-up check decrypts it, so a wrong key is found in time."""

    text = SecretField(max_length=20)

    KNOWN_TEXT = "tributary"

    def __str__(self) -> str:
        return "canary"

    @classmethod
    def plant(cls, model: Any = None, alias: str = "default") -> None:
        """Encrypt the known text with the present key, once."""
        (model or cls).objects.using(alias).get_or_create(id=1, defaults={"text": cls.KNOWN_TEXT})

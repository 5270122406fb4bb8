"""Brands and the people in them."""

from __future__ import annotations

from django.db import transaction

from accounts.errors import EmailTakenError, LastAdminError, SelfRemovalError
from accounts.models import Brand, Role, User


def create_brand(name: str, admin_email: str, password: str, admin_name: str = "") -> Brand:
    """A new brand with its first admin. Raises `EmailTakenError` and makes nothing then."""
    with transaction.atomic():
        if User.objects.filter(email__iexact=admin_email.strip()).exists():
            raise EmailTakenError
        brand = Brand.objects.create(name=name)
        User.objects.create_user(admin_email, password, brand, role=Role.ADMIN, name=admin_name)
    return brand


def change_role(person: User, role: str) -> None:
    """Make an active person admin or member. Raises `LastAdminError`."""
    with transaction.atomic():
        person = _lock(person)
        if role != Role.ADMIN:
            _require_another_admin(person)
        person.role = role
        person.save(update_fields=["role"])


def remove_person(person: User, *, by: User) -> None:
    """End a person's sessions and access; what they built stays, and an invitation brings them back.

    Raises `LastAdminError`, `SelfRemovalError`.
    """
    if person.pk == by.pk:
        raise SelfRemovalError
    with transaction.atomic():
        person = _lock(person)
        _require_another_admin(person)
        person.is_active = False
        # Sessions and password-reset links hang on the password's hash: both end here, for good.
        person.set_unusable_password()
        person.save(update_fields=["is_active", "password"])


def _lock(person: User) -> User:
    """The person as stored, while no other change of the brand's people can run beside this one."""
    Brand.objects.select_for_update().get(pk=person.brand_id)
    return User.objects.get(pk=person.pk)


def _require_another_admin(person: User) -> None:
    admins = User.objects.filter(brand_id=person.brand_id, role=Role.ADMIN, is_active=True)
    if person.is_admin and not admins.exclude(pk=person.pk).exists():
        raise LastAdminError

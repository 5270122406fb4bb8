"""A brand with an admin and a member, a second brand, and clients signed in as each."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Brand, User
from tests.factories import make_brand, make_user


@pytest.fixture
def brand(db: None) -> Brand:
    return make_brand("Acme")


@pytest.fixture
def admin(brand: Brand) -> User:
    return make_user(brand, "admin", "admin@example.com", name="Ada")


@pytest.fixture
def member(brand: Brand) -> User:
    return make_user(brand, "member", "member@example.com", name="Grace")


@pytest.fixture
def stranger(db: None) -> User:
    """An admin of another brand."""
    return make_user(make_brand("Other"), "admin", "stranger@example.com")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def as_admin(admin: User) -> Client:
    return signed_in(admin)


@pytest.fixture
def as_member(member: User) -> Client:
    return signed_in(member)


@pytest.fixture
def as_stranger(stranger: User) -> Client:
    return signed_in(stranger)

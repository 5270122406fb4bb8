"""A brand with a workflow of one saved task, its member signed in, and somebody of another brand."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Brand, User
from tests.factories import make_brand, make_survey, make_task, make_user, make_workflow
from workflows.models import SegmentTask, Survey, Workflow


@pytest.fixture
def brand(db: None) -> Brand:
    return make_brand()


@pytest.fixture
def member(brand: Brand) -> User:
    return make_user(brand)


@pytest.fixture
def signed_in(member: User) -> Client:
    """The member's browser."""
    client = Client()
    client.force_login(member)
    return client


@pytest.fixture
def stranger(db: None) -> Client:
    """The browser of another brand's admin."""
    client = Client()
    client.force_login(make_user(make_brand("Other"), "admin"))
    return client


@pytest.fixture
def survey(brand: Brand) -> Survey:
    return make_survey(brand)


@pytest.fixture
def workflow(survey: Survey) -> Workflow:
    return make_workflow(survey)


@pytest.fixture
def task(workflow: Workflow) -> SegmentTask:
    return make_task(workflow)

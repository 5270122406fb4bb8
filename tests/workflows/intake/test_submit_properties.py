"""Whatever is sent, the answer is a documented one."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import make_brand, make_survey
from tests.workflows.intake.helpers import post_raw
from workflows.models import Submission, Survey

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=B"
STATUSES = {202, 400, 413, 415}

pytestmark = pytest.mark.django_db

fuzz = settings(
    max_examples=150 if connection.vendor == "sqlite" else 50,  # the second time, on the other database
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
json_like = st.text(alphabet='{}[]":,\\u0123456789eE+-.nulltrefaNI \n\0é😀', max_size=60).map(str.encode)
part_like = st.lists(
    st.sampled_from(
        [b"--B", b"--B--", b"\r\n", b"\r\n\r\n", b"Content-Disposition: form-data; ", b'name="a"', b"name=",
         b'filename="f"', b"filename*=x''%41", b'"', b";", b"\xff", b"\0", b"Content-Type: a; charset=x"]
    ),
    max_size=14,
).map(b"".join)  # fmt: skip


@pytest.fixture
def survey() -> Survey:
    return make_survey(make_brand())


@fuzz
@given(
    body=st.one_of(st.binary(max_size=200), json_like, part_like),
    content_type=st.sampled_from(["application/json", FORM, MULTIPART, FORM + "; charset=utf-16", "x/y", ""]),
)
def test_any_bytes_get_a_documented_answer(
    client: Client, survey: Survey, body: bytes, content_type: str
) -> None:
    before = Submission.objects.count()
    response = post_raw(client, survey, body, content_type)
    assert response.status_code in STATUSES
    answer = response.json()
    if response.status_code == 202:
        assert set(answer) == {"submission", "duplicate"}
        assert str(Submission.objects.get(pk=answer["submission"]).id) == answer["submission"]
    else:
        assert set(answer["error"]) <= {"code", "message", "field"}
        assert answer["error"]["code"]
        assert answer["error"]["message"]
        assert Submission.objects.count() == before


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3),
    max_leaves=12,
)


@fuzz
@given(answers=st.dictionaries(st.text(), values, max_size=5))
def test_any_json_object_without_nul_is_stored_as_it_is(
    client: Client, survey: Survey, answers: dict[str, object]
) -> None:
    body = json.dumps(answers)
    response = post_raw(client, survey, body, "application/json")
    if "\\u0000" in body.replace("\\\\", ""):
        assert response.status_code == 400
    else:
        assert response.status_code == 202
        assert Submission.objects.get(pk=response.json()["submission"]).answers == answers


headers = st.text(alphabet=st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=40)


@fuzz
@given(accept=headers, origin=headers, key=headers, encoding=headers)
def test_any_headers_get_a_documented_answer(
    client: Client, survey: Survey, accept: str, origin: str, key: str, encoding: str
) -> None:
    response = post_raw(
        client, survey, "{}", "application/json",
        **{"Accept": accept, "Origin": origin, "Idempotency-Key": key, "Content-Encoding": encoding},
    )  # fmt: skip
    assert response.status_code in STATUSES

"""Every problem has its own words."""

from __future__ import annotations

import pytest

from accounts import errors as ours
from accounts.fields import SecretUnreadableError
from accounts.problems import PROBLEMS, explain_problem
from accounts.selectors import AccountUse
from segment import errors

PLAIN = [
    errors.BadToken("x"),
    errors.PermissionDenied("x"),
    errors.NotFound("x"),
    errors.Conflict("x"),
    errors.TimedOut("x"),
    errors.Unreachable("x"),
    errors.ServerFailed("x"),
    errors.UnexpectedAnswer("x"),
    errors.RateLimited("x"),
    errors.Invalid("x"),
    ours.MissingWriteKeyError(),
    ours.OtherWorkspaceError("A", "B"),
    ours.WriteKeyTakenError(),
    ours.NoTokenError(),
    ours.AccountInUseError((), 1),
    ours.EmailTakenError(),
    ours.EmailElsewhereError(),
    ours.InvitationGoneError(),
    ours.LastAdminError(),
    ours.SelfRemovalError(),
    SecretUnreadableError(),
]


def all_below(kind: type[Exception]) -> set[type[Exception]]:
    return {kind}.union(*(all_below(below) for below in kind.__subclasses__()))


def test_the_list_above_has_every_error():
    families = {errors.SegmentError, ours.AccountError, ours.PersonError}
    wanted = set().union(*(all_below(kind) for kind in families)) - families
    assert {type(error) for error in PLAIN} == wanted | {SecretUnreadableError}
    assert set(PROBLEMS) == {errors.SegmentError, ours.AccountError, SecretUnreadableError}


def test_no_two_problems_share_their_words():
    texts = [explain_problem(error) for error in PLAIN]
    assert len(set(texts)) == len(texts)
    assert explain_problem(RuntimeError()) not in texts


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (7.0, "wait 7 seconds"),
        (0.2, "wait 1 second before"),
        (6.1, "wait 7 seconds"),
        (None, "Wait a minute"),
    ],
)
def test_a_rate_limit_says_how_long(seconds, words):
    assert words in explain_problem(errors.RateLimited("x", retry_after_seconds=seconds))


def test_what_segment_found_invalid_is_told():
    text = explain_problem(errors.Invalid("slug is too short", field="slug"))
    assert text == "Segment refused this: slug is too short. Change it and try again."


def test_uses_are_named_and_the_rest_counted():
    uses = (AccountUse(1, "Feedback", 2, "track Rated", True), AccountUse(1, "Feedback", 3, "", False))
    text = explain_problem(ours.AccountInUseError(uses, 5))
    assert text == (
        "Tasks use this account: Feedback (track Rated), Feedback (draft) and 3 more. "
        "Choose another account there, or delete the tasks, first."
    )

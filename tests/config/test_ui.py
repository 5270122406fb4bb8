"""The template tags of every page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from django.template import Context, Template


def render(text: str, **context: object) -> str:
    return Template(text).render(Context(context))


def test_a_status_is_a_word_and_a_state_and_escapes_both() -> None:
    assert render("{% status state label %}", state="accepted", label="Accepted") == (
        '<span class="status" data-status="accepted">Accepted</span>'
    )
    assert "<b>" not in render("{% status state label %}", state='"<b>', label="<b>")


def test_a_moment_has_the_absolute_and_the_relative_time() -> None:
    at = datetime(2020, 2, 3, 23, 30, 5, tzinfo=timezone(timedelta(hours=2)))
    shown = render("{% moment at %}", at=at)
    assert 'datetime="2020-02-03T21:30:05.000+00:00"' in shown
    assert '<span class="absolute">3 Feb 2020, 21:30:05</span>' in shown
    assert " ago</span>" in shown


def test_a_moment_of_now_is_just_now() -> None:
    assert "just now" in render("{% moment at %}", at=datetime.now(UTC))


def test_json_html_colours_and_escapes() -> None:
    assert render("{{ value|json_html }}", value=["<b>"]) == '[\n  <span class="s">"&lt;b&gt;"</span>\n]'


def test_an_icon_without_a_label_is_hidden_from_screen_readers() -> None:
    assert 'aria-hidden="true"' in render('{% icon "plus" %}')
    assert 'role="img" aria-label="Add"' in render('{% icon "plus" "Add" %}')

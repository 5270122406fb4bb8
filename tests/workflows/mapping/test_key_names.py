from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.mapping.key_names import MAX_NAME_CHARACTERS, name_field, name_key
from workflows.mapping.keys import parse_key


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("E-mail", "e_mail"),
        ("First name", "first_name"),
        ("firstName", "first_name"),
        ("NPSScore2025", "nps_score2025"),
        ("What’s your company's name?", "whats_your_companys_name"),
        ("  __A--b  ", "a_b"),
        ("Größe & Straße", "grosse_strasse"),
        ("Œuvre, naïve Æther, Łódź, Ørsted", "oeuvre_naive_aether_lodz_orsted"),
        ("İstanbul ığ", "istanbul_ig"),
        ("ＡＢＣ ½ №", "abc_1_2_no"),
        ("اسم المستخدم", "اسم_المستخدم"),
        ("Ваше ИМЯ", "ваше_имя"),
        ("हिन्दी", "हिन्दी"),
        ("日本語 name", "日本語_name"),
        ("\U0001f600 !?", ""),
        ("", ""),
        ("\ud800", ""),
        ("a.b[0]\\c${d}", "a_b_0_c_d"),
        ("__proto__", "proto"),
        ("How likely is it that you would recommend our shop to a colleague",
         "how_likely_is_it_that_you_would_recommend_our_shop_to_a"),
        ("x" * 100, "x" * 60),
    ],
)  # fmt: skip
def test_a_name_is_made_of_a_text(text: str, name: str) -> None:
    assert name_key(text) == name


@pytest.mark.parametrize(
    ("key", "label", "name"),
    [
        ("score", "How likely are you to recommend us?", "score"),
        ("QID12", "How old are you?", "how_old_are_you"),
        ("QID12_1_TEXT", "Other", "other"),
        ("Q3", "", "q3"),
        ("3", "Colour", "colour"),
        ("entry.839337160", "Town", "town"),
        ("question_3jXyZ1", "Town", "town"),
        ("field_7", "Town", "town"),
        ("0b6f1c1e-93a5-4c2e-8d1c-6f0f8f3f1a2b", "Town", "town"),
        ("01JABCDXYZ0123456789ABCDEF", "Town", "town"),
        ("email2", "Second e-mail", "email2"),
        ("question_text", "Town", "question_text"),
        ("Q1", "\U0001f600", "q1"),
        ("\U0001f600", "Mood", "mood"),
        ("\U0001f600", "\U0001f600", "field"),
        ("", "", "field"),
    ],
)
def test_a_field_is_named_by_its_key_unless_a_machine_made_that(key: str, label: str, name: str) -> None:
    assert name_field(key, label) == name


@given(st.text(), st.text())
def test_every_name_is_one_name_of_a_key(key: str, label: str) -> None:
    name = name_field(key, label)
    assert parse_key(name) == (name,)
    assert 0 < len(name) <= MAX_NAME_CHARACTERS
    assert name_key(name) == name

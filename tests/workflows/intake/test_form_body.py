"""Reading urlencoded and multipart bodies."""

from __future__ import annotations

import pytest

from workflows.intake.decoders import decode
from workflows.intake.refusals import Refused

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


def read(body: bytes, charset: str = "") -> dict[str, object]:
    return decode(URLENCODED, {"charset": charset}, body).answers


def part(disposition: str, content: bytes = b"", more: bytes = b"") -> bytes:
    head = f"--B\r\nContent-Disposition: form-data; {disposition}\r\n".encode()
    return head + more + b"\r\n" + content + b"\r\n"


def read_parts(*parts: bytes, charset: str = "", end: bytes = b"--B--\r\n") -> dict[str, object]:
    return decode(MULTIPART, {"boundary": "B", "charset": charset}, b"".join(parts) + end).answers


def refusal(call: object, *args: object, **kwargs: object) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)  # type: ignore[operator]
    return caught.value.status, caught.value.code


def test_urlencoded_pairs_are_unpacked() -> None:
    assert read(b"a=1+2&b=%C3%A9%26&c&d=&=x&e=x=y") == {
        "a": "1 2", "b": "é&", "c": "", "d": "", "": "x", "e": "x=y",
    }  # fmt: skip


def test_bytes_beyond_ascii_may_come_unescaped() -> None:
    assert read("name=Zoë".encode()) == {"name": "Zoë"}


def test_repeated_keys_become_a_list() -> None:
    assert read(b"a=1&b=2&a=3") == {"a": ["1", "3"], "b": "2"}


def test_charset_of_the_content_type_is_honoured() -> None:
    assert read(b"a=%E9", "ISO-8859-1") == {"a": "é"}
    assert read(b"a=%80", "windows-1252") == {"a": "€"}


@pytest.mark.parametrize("charset", ["nonsense", "zlib", "punycode", "idna", "unicode_escape", "a\0b"])
def test_other_charsets_are_refused(charset: str) -> None:
    assert refusal(read, b"a=1", charset) == (415, "unsupported_charset")


def test_value_that_is_not_in_its_charset_is_refused_not_replaced() -> None:
    assert refusal(read, b"a=%E9") == (400, "unreadable_body")


def test_nul_in_a_form_is_refused() -> None:
    assert refusal(read, b"a=%00") == (400, "nul_character")


def test_too_many_values_are_refused() -> None:
    assert refusal(read, b"&".join(b"a=1" for _ in range(5_001))) == (400, "too_many_values")


def test_multipart_parts_are_unpacked() -> None:
    assert read_parts(
        part('name="a"', "Zoë".encode()),
        part('name="b"', b"line 1\r\nline 2\r\n--b"),
        part('name="l"', b"1"),
        part('name="l"', b"2"),
    ) == {"a": "Zoë", "b": "line 1\r\nline 2\r\n--b", "l": ["1", "2"]}


def test_part_may_name_its_own_charset() -> None:
    assert read_parts(part('name="a"', b"\xe9", b"Content-Type: text/plain; charset=iso-8859-1\r\n")) == {
        "a": "é"
    }


def test_file_is_refused_and_the_error_says_so() -> None:
    with pytest.raises(Refused) as caught:
        read_parts(part('name="a"', b"1"), part('name="f"; filename="secret.txt"', b"content"))
    assert caught.value.code == "file_refused"
    assert "Files are not taken" in caught.value.message
    assert "secret" not in caught.value.message


def test_empty_file_input_does_no_harm() -> None:
    empty = part('name="f"; filename=""', b"", b"Content-Type: application/octet-stream\r\n")
    assert read_parts(part('name="a"', b"1"), empty) == {"a": "1"}


@pytest.mark.parametrize(
    "body",
    [
        b"nonsense",
        b"--B\r\n",
        b"--B\r\nno headers--B--",
        part('name="a"', b"1"),  # no closing boundary
        b"--B\r\nContent-Type: text/plain\r\n\r\n1\r\n--B--",
        b'--B\r\nContent-Disposition: attachment; name="a"\r\n\r\n1\r\n--B--',
        part('name="a"', b"MQ==", b"Content-Transfer-Encoding: base64\r\n") + b"--B--",
        part('name="a\xff"', b"1").replace(b"\xc3\xbf", b"\xff") + b"--B--",
    ],
)
def test_broken_multipart_is_refused_and_never_half_read(body: bytes) -> None:
    assert refusal(read_parts, body, end=b"") == (400, "unreadable_body")


@pytest.mark.parametrize("boundary", ["", "é", "x" * 300])
def test_boundary_is_needed(boundary: str) -> None:
    with pytest.raises(Refused) as caught:
        decode(MULTIPART, {"boundary": boundary}, b"--x--")
    assert caught.value.code == "unreadable_body"


def test_key_of_the_hosted_page_is_no_answer() -> None:
    decoded = decode(URLENCODED, {}, b"_submission_key=k1&a=1")
    assert (decoded.answers, decoded.page_key, decoded.is_text) == ({"a": "1"}, "k1", True)


def test_other_content_types_are_refused_naming_the_three() -> None:
    with pytest.raises(Refused) as caught:
        decode("text/plain", {}, b"{}")
    assert (caught.value.status, caught.value.code) == (415, "unsupported_content_type")
    for accepted in ("application/json", URLENCODED, MULTIPART):
        assert accepted in caught.value.message

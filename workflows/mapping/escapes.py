r"""Backslashes in a mapping's text.

Outside pipes `\${` is a literal `${` and `\~{` a literal `~{`. Inside pipes, and inside a filter's quotes,
the same goes for a bar, a quote, a brace, a dollar sign. `\\` is a backslash everywhere, and so is a
backslash before anything else: `C:\path` and the date format `Y\T` are what they look like.
"""

from __future__ import annotations

import re

_LITERAL = re.compile(r'\\(?:(\$\{|~\{)|([\\|"]))')
_PIPE = re.compile(r'\\([\\|"{}$~,:])')
_QUOTED = re.compile(r'\\([\\|"{}$~,:nt])')
_SPECIAL = re.compile(r'\\(?=[\\|"$~])|\\\Z|\$(?=\{)|~(?=\{)')
_NAMED = {"n": "\n", "t": "\t"}


def unescape_literal(text: str) -> str:
    """The characters that `text`, a piece outside pipes, stands for."""
    return text if "\\" not in text else _LITERAL.sub(lambda match: match[1] or match[2], text)


def unescape_pipe(text: str) -> str:
    """The characters that `text`, from inside a pipe, stands for."""
    return text if "\\" not in text else _PIPE.sub(r"\1", text)


def unescape_quoted(text: str) -> str:
    r"""The characters of a filter's quoted argument, in which `\n` and `\t` are line feed and tab."""
    return text if "\\" not in text else _QUOTED.sub(lambda match: _NAMED.get(match[1], match[1]), text)


def escape_literal(text: str) -> str:
    """The mapping's text that yields exactly `text`, whatever that is."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def quote(text: str) -> str:
    """`text` as a filter's quoted argument."""
    escaped = re.sub(r'[\\"{}$]', r"\\\g<0>", text)
    return '"' + escaped.replace("\n", "\\n").replace("\t", "\\t") + '"'

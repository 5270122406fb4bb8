"""Why a move does not begin, or is undone."""

from __future__ import annotations


class MoveError(Exception):
    """A sentence for the operator; the source is as it was, and the target as empty as before."""

"""Brand, User, Invitation; SegmentAccount and Source."""

from __future__ import annotations

from accounts.models.people import Brand, Invitation, Role, User
from accounts.models.segment import (
    AccountHealth,
    AccountKind,
    KeyCanary,
    RegionChoice,
    SegmentAccount,
    Source,
)

__all__ = [
    "AccountHealth",
    "AccountKind",
    "Brand",
    "Invitation",
    "KeyCanary",
    "RegionChoice",
    "Role",
    "SegmentAccount",
    "Source",
    "User",
]

"""What can be wrong with an account or a person's place in a brand, beside what Segment says.

AccountError                what all share; `accounts.problems.explain_problem` words each of them
├── AccountInUseError       `uses`: tasks that send with the account; `total`: how many there are
├── MissingWriteKeyError    a source came without write keys: the token lacks Source Admin
├── OtherWorkspaceError     a new token leads to another workspace than the account's
├── WriteKeyTakenError      another source of the brand has this write key
└── NoTokenError            a write-key account was asked for what only a token can do
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.selectors import AccountUse


class AccountError(Exception):
    """Something about a Segment account stands in the way; nothing was changed."""


class AccountInUseError(AccountError):
    def __init__(self, uses: tuple[AccountUse, ...], total: int) -> None:
        super().__init__(f"{total} tasks use the account")
        self.uses = uses
        self.total = total


class MissingWriteKeyError(AccountError):
    """Segment shows write keys only to tokens with Source Admin."""


class OtherWorkspaceError(AccountError):
    def __init__(self, expected: str, found: str) -> None:
        super().__init__(f"The token is for workspace {found}, not {expected}")
        self.expected = expected
        self.found = found


class WriteKeyTakenError(AccountError):
    """The brand has a source with this write key already."""


class NoTokenError(AccountError):
    """Only an API token can list, read or create sources."""


class PersonError(Exception):
    """Something about a person stands in the way; nothing was changed."""


class EmailTakenError(PersonError):
    """A person has this address already."""


class EmailElsewhereError(PersonError):
    """A person of another brand has this address."""


class InvitationGoneError(PersonError):
    """The link is unknown, used or too old."""


class LastAdminError(PersonError):
    """A brand always keeps one admin."""


class SelfRemovalError(PersonError):
    """Nobody removes themselves."""

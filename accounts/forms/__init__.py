"""Forms: Segment accounts, signing in, people."""

from __future__ import annotations

from accounts.forms.focus import focus_first_error
from accounts.forms.people import AcceptInvitationForm, InviteForm
from accounts.forms.segment import AccountForm, RenameForm, ReplaceSecretForm
from accounts.forms.sign_in import AskPasswordResetForm, ChangePasswordForm, ResetPasswordForm, SignInForm

__all__ = [
    "AcceptInvitationForm",
    "AccountForm",
    "AskPasswordResetForm",
    "ChangePasswordForm",
    "InviteForm",
    "RenameForm",
    "ReplaceSecretForm",
    "ResetPasswordForm",
    "SignInForm",
    "focus_first_error",
]

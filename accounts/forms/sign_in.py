"""Signing in and choosing passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import (
    AuthenticationForm,
    PasswordChangeForm,
    PasswordResetForm,
    SetPasswordForm,
)
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.throttle import MAX_FAILURES, PAUSE_SECONDS, count_failure, forget_failures, is_paused

if TYPE_CHECKING:
    _SetPasswordForm = SetPasswordForm[User]
else:
    _SetPasswordForm = SetPasswordForm  # takes no type argument when run

PASSWORD_HINT = _(
    "At least 8 characters. Not a common one, not digits alone, not close to your name or address."
)


class SignInForm(AuthenticationForm):
    """E-mail address and password, with a pause after too many failures."""

    username = forms.EmailField(
        label=_("E-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    error_messages = {
        "invalid_login": _("The e-mail address or the password is wrong. Check both, or reset the password."),
        "inactive": _("This person no longer has access."),
        "paused": _(
            "%(failures)d sign-ins with this address failed. Wait %(minutes)d minutes, or reset the password."
        ),
    }

    def clean(self) -> dict[str, Any]:
        email = self.cleaned_data.get("username")
        if not email or not self.request:
            return super().clean()
        if is_paused(self.request, email):
            numbers = {"failures": MAX_FAILURES, "minutes": PAUSE_SECONDS // 60}
            raise ValidationError(self.error_messages["paused"], code="paused", params=numbers)
        try:
            values = super().clean()
        except ValidationError:
            count_failure(self.request, email)
            raise
        if self.get_user():
            forget_failures(self.request, email)
        return values


class AskPasswordResetForm(PasswordResetForm):
    """The address a link is sent to."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )


class ResetPasswordForm(_SetPasswordForm):
    """A new password, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word_new_password(self.fields)


class ChangePasswordForm(PasswordChangeForm):
    """The old password, and a new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word_new_password(self.fields)


def _word_new_password(fields: dict[str, forms.Field]) -> None:
    """Our words; Django's hint is a list, which has no place in a paragraph."""
    fields["new_password1"].help_text = PASSWORD_HINT
    fields["new_password2"].label = _("New password again")
    fields["new_password2"].help_text = ""

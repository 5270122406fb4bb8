"""Inviting a person, and joining by an invitation."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.errors import PersonError
from accounts.forms.sign_in import PASSWORD_HINT
from accounts.models import Brand, Invitation, Role, User
from accounts.problems import explain_problem
from accounts.services.invitations import invite_person


class InviteForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.MEMBER)

    def invite(self, *, brand: Brand, invited_by: User) -> tuple[Invitation, str] | None:
        """The invitation and its link; None when the address cannot be invited, with the reason beside it."""
        try:
            return invite_person(brand=brand, invited_by=invited_by, **self.cleaned_data)
        except PersonError as problem:
            self.add_error("email", explain_problem(problem))
            return None


class AcceptInvitationForm(forms.Form):
    """Name and password of the person who joins."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )
    password1 = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=PASSWORD_HINT,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("Password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._email = email

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        first, second = values.get("password1"), values.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("The two passwords differ. Type the same one twice."))
        if first:
            self._check_strength(first, values.get("name", ""))
        return values

    def _check_strength(self, password: str, name: str) -> None:
        try:
            validate_password(password, User(email=self._email, name=name))
        except ValidationError as error:
            self.add_error("password1", error)

"""Forms for Segment accounts. Secrets are write-only: no form ever renders one, not even after an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.fields import refuse_ciphertext
from accounts.models import AccountKind, Brand, SegmentAccount, User
from accounts.problems import PROBLEMS, explain_problem
from accounts.services import connect_account, connect_write_key, replace_secret

if TYPE_CHECKING:
    _AccountModelForm = forms.ModelForm[SegmentAccount]
else:
    _AccountModelForm = forms.ModelForm  # takes no type argument when run

MAX_TOKEN_CHARACTERS = 500
MAX_WRITE_KEY_CHARACTERS = 200


def refuse_unprintable(text: str) -> None:
    """Neither a token nor a write key has spaces or letters beyond ASCII: a sign of a bad copy."""
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ValidationError(
            _("This has spaces or signs that do not belong in it. Copy it from Segment again."),
            code="unprintable",
        )


SECRET_HINT = _("Stored encrypted. Nobody can read it here again; only its last four characters are shown.")


def secret_field(label: Any, max_length: int) -> forms.CharField:
    """A password-like input whose value never comes back to the page."""
    return forms.CharField(
        label=label,
        max_length=max_length,
        required=False,
        help_text=SECRET_HINT,
        validators=[refuse_ciphertext, refuse_unprintable],
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class AccountForm(_AccountModelForm):
    """Connect an account: an API token, or a write key with its region.

    Only the chosen kind's fields count; what stands in the other's is ignored. Save with `connect`.
    """

    token = secret_field(_("API token"), MAX_TOKEN_CHARACTERS)
    write_key = secret_field(_("Write key"), MAX_WRITE_KEY_CHARACTERS)

    class Meta:
        model = SegmentAccount
        fields = ["name", "kind", "region"]
        widgets = {"kind": forms.RadioSelect, "region": forms.RadioSelect}
        help_texts = {"name": _("How you and your colleagues will recognise it.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        region = self.fields["region"]
        assert isinstance(region, forms.ChoiceField)  # noqa: S101 - for the type checker
        region.required = False
        region.choices = list(SegmentAccount.region.field.flatchoices)
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        is_token = values.get("kind") == AccountKind.TOKEN
        for name in ["write_key", "region"] if is_token else ["token"]:
            self.errors.pop(name, None)
        if is_token:
            self._require("token", _("Paste the token you created in Segment."))
        elif values.get("kind"):
            self._require("write_key", _("Paste the source's write key."))
            self._require("region", _("Say in which region the workspace lives."))
        return values

    def _require(self, name: str, message: Any) -> None:
        if name not in self.errors and not self.cleaned_data.get(name):
            self.add_error(name, ValidationError(message, code="required"))

    def connect(self, *, brand: Brand, owner: User | None, created_by: User) -> SegmentAccount | None:
        """The new account of a valid form; None when Segment said no, with the reason beside the secret."""
        whose = {"brand": brand, "owner": owner, "created_by": created_by, "name": self.cleaned_data["name"]}
        is_token = self.cleaned_data["kind"] == AccountKind.TOKEN
        try:
            if is_token:
                return connect_account(**whose, token=self.cleaned_data["token"])
            values = {name: self.cleaned_data[name] for name in ("write_key", "region")}
            return connect_write_key(**whose, **values)
        except PROBLEMS as problem:
            self.add_error("token" if is_token else "write_key", explain_problem(problem))
            return None


class RenameForm(_AccountModelForm):
    class Meta:
        model = SegmentAccount
        fields = ["name"]


class ReplaceSecretForm(forms.Form):
    """A new token or write key for an account."""

    secret = secret_field(_("New token"), MAX_TOKEN_CHARACTERS)

    def __init__(self, *args: Any, account: SegmentAccount, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        field = self.fields["secret"]
        field.required = True
        if not account.has_token:
            field.label = _("New write key")

    def replace(self) -> bool:
        """Whether it was replaced; if not, the reason stands beside the secret."""
        try:
            replace_secret(self.account, self.cleaned_data["secret"])
        except PROBLEMS as problem:
            self.add_error("secret", explain_problem(problem))
            return False
        return True

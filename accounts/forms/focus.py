"""Where the focus goes after a form came back with errors."""

from __future__ import annotations

from django import forms


def focus_first_error(form: forms.BaseForm) -> None:
    """Let the first wrong text input take the focus, on a full page and after an htmx swap alike."""
    for name, field in form.fields.items():
        if name in form.errors and not isinstance(field.widget, forms.RadioSelect):
            field.widget.attrs["autofocus"] = True
            return

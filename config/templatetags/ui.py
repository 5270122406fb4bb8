"""Template tags every page may use without loading them."""

from __future__ import annotations

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of `static/icons/sprite.svg`; without `label` it is decoration that screen readers skip."""
    href = f"{static('icons/sprite.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', href)


@register.inclusion_tag("_status.html")
def status(state: str, label: str) -> dict[str, str]:
    """A state as a word, a shape and a colour: `state` picks the last two, see `.status` in the stylesheet."""
    return {"state": state, "label": label}

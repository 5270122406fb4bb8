"""Template tags every page may use without loading them."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import SegmentAccount
from workflows.json_html import json_to_html
from workflows.moments import describe_distance
from workflows.selectors.troubles import troubles_by_source

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of `static/icons/sprite.svg`; without `label` it is decoration that screen readers skip."""
    href = f"{static('icons/sprite.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"/></svg>', href)


@register.simple_tag
def status(state: str, label: str) -> SafeString:
    """A state as a word, a shape and a colour: `state` picks the last two (`.status` in the stylesheet)."""
    return format_html('<span class="status" data-status="{}">{}</span>', state, label)


@register.filter
def json_html(value: object) -> SafeString:
    """A JSON value, coloured and escaped, for `<pre class="json">`."""
    return json_to_html(value)


@register.simple_tag
def moment(at: datetime) -> SafeString:
    """A time as a `<time>`: the absolute time, to the second, and how far from now it is."""
    local = timezone.localtime(at)
    return format_html(
        '<time class="moment" datetime="{}"><span class="absolute">{}</span>'
        '<span class="relative"> {}</span></time>',
        local.isoformat(timespec="milliseconds"),
        date_format(local, _("j M Y, H:i:s")),
        describe_distance(at, timezone.now()),
    )


@register.inclusion_tag("workflows/_troubles.html")
def account_troubles(account: SegmentAccount) -> dict[str, object]:
    """The account's sources in trouble: the pages of accounts know no workflows."""
    troubles = troubles_by_source(account.sources.values_list("pk", flat=True))
    return {"troubles": {"shown": list(troubles.values())}}

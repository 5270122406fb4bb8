"""How far a time is from now, in words."""

from __future__ import annotations

from datetime import datetime

from django.utils.timesince import timesince
from django.utils.translation import gettext as _


def describe_distance(at: datetime, now: datetime) -> str:
    """How long before or after `now` a time is, in its largest unit: "3 minutes ago", "in 2 hours"."""
    if abs((now - at).total_seconds()) < 60:
        return _("just now") if at <= now else _("in less than a minute")
    if at < now:
        return _("%(time)s ago") % {"time": timesince(at, now, depth=1)}
    return _("in %(time)s") % {"time": timesince(now, at, depth=1)}

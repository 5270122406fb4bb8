"""JSON edited in place, kept in the session while the person is on another step: one text, for one task."""

from __future__ import annotations

from django.http import HttpRequest

from workflows.models import SegmentTask
from workflows.wizard.samples import TYPED, Wanted

MAX_KEPT_CHARACTERS = 64 * 1024  # a session is read with every request of the person
KEPT_KEY = "edited_sample"  # in a session: {"task", "text", "base"}


def keep_edited(request: HttpRequest, task: SegmentTask, wanted: Wanted) -> bool:
    """Keep the text that `wanted` has; False when it is too long. Another sample ends the keeping."""
    is_kept = wanted.key == TYPED and wanted.text is not None and len(wanted.text) <= MAX_KEPT_CHARACTERS
    if is_kept:
        request.session[KEPT_KEY] = {"task": task.pk, "text": wanted.text, "base": wanted.base}
    elif _read(request, task):
        del request.session[KEPT_KEY]
    return is_kept or wanted.key != TYPED


def find_edited(request: HttpRequest, task: SegmentTask) -> Wanted | None:
    """What was kept for the task."""
    found = _read(request, task)
    return Wanted(TYPED, str(found["text"]), str(found["base"])) if found else None


def _read(request: HttpRequest, task: SegmentTask) -> dict[str, object] | None:
    found = request.session.get(KEPT_KEY)
    return found if isinstance(found, dict) and found.get("task") == task.pk else None

"""*Run over the last 100 submissions*."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.web import BrandRequest
from workflows.wizard.dry_run import DryRun, try_submissions
from workflows.wizard.mapping_pages import read_form
from workflows.wizard.pages import find_task
from workflows.wizard.tools import back_to_mappings, show_result


@require_http_methods(["GET", "POST"])
def task_run(request: BrandRequest, task_id: int) -> HttpResponse:
    """Try the mapping as typed over the last submissions. Nothing is saved or sent."""
    task = find_task(request, task_id)
    if request.method != "POST":
        return back_to_mappings(task)
    form = read_form(request, task)
    dry_run = try_submissions(task, form.definition(), [row.number for row in form.rows])
    return show_result(request, task, form, "wizard/_dry_run.html", describe_run(dry_run), dry_run=dry_run)


def describe_run(run: DryRun) -> str:
    """ "100 submissions tried: 92 would be sent, 8 rejected"."""
    text = ngettext(
        "%(count)s submission tried: %(sent)s would be sent, %(rejected)s rejected.",
        "%(count)s submissions tried: %(sent)s would be sent, %(rejected)s rejected.",
        run.count,
    )
    return text % {"count": run.count, "sent": run.sent, "rejected": run.rejected}

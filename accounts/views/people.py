"""The people of a brand: who is here, who is invited, who may administer. For admins."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.errors import PersonError
from accounts.forms import InviteForm
from accounts.models import Invitation, Role, User
from accounts.problems import explain_problem
from accounts.selectors import open_invitations, people_of
from accounts.services.invitations import send_invitation
from accounts.services.people import change_role, remove_person
from accounts.web import BrandRequest, admin_required


@require_GET
@admin_required
def people(request: BrandRequest) -> HttpResponse:
    return _render_people(request, InviteForm())


@require_POST
@admin_required
@never_cache
def person_invite(request: BrandRequest) -> HttpResponse:
    """Shows the link in the answer to the POST itself: nothing that could show it twice is ever stored."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _render_people(request, form)
    invited = form.invite(brand=request.user.brand, invited_by=request.user)
    if invited is None:
        return _render_people(request, form)
    invitation, link = invited
    is_sent = send_invitation(invitation, link)
    return _render_people(request, InviteForm(), invited=invitation, link=link, is_sent=is_sent)


def _render_people(request: BrandRequest, form: InviteForm, **more: Any) -> HttpResponse:
    brand = request.user.brand
    context = {"people": people_of(brand), "invitations": open_invitations(brand), "form": form}
    return render(request, "accounts/people.html", context | more)


@require_POST
@admin_required
def invitation_revoke(request: BrandRequest, pk: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=pk, brand=request.user.brand)
    invitation.delete()
    messages.success(request, _("The invitation for %(email)s is revoked.") % {"email": invitation.email})
    return redirect("people")


@require_POST
@admin_required
def person_change_role(request: BrandRequest, pk: int) -> HttpResponse:
    person = _find_person(request, pk)
    role = Role.ADMIN if request.POST.get("role") == Role.ADMIN else Role.MEMBER
    try:
        change_role(person, role)
    except PersonError as problem:
        messages.error(request, explain_problem(problem))
        return redirect("people")
    messages.success(request, _("%(person)s is now: %(role)s.") % {"person": person, "role": role.label})
    has_left = person.pk == request.user.pk and role != Role.ADMIN
    return redirect("home" if has_left else "people")


@require_http_methods(["GET", "POST"])
@admin_required
def person_remove(request: BrandRequest, pk: int) -> HttpResponse:
    person = _find_person(request, pk)
    if request.method != "POST":
        return render(request, "accounts/person_remove.html", {"person": person})
    try:
        remove_person(person, by=request.user)
        messages.success(request, _("%(person)s is removed.") % {"person": person})
    except PersonError as problem:
        messages.error(request, explain_problem(problem))
    return redirect("people")


def _find_person(request: BrandRequest, pk: int) -> User:
    return get_object_or_404(User, pk=pk, brand=request.user.brand, is_active=True)

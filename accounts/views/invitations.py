"""Joining a brand by an invitation's link."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.errors import InvitationGoneError, PersonError
from accounts.forms import AcceptInvitationForm
from accounts.problems import explain_problem
from accounts.services import invitations


@login_not_required
@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "POST"])
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    try:
        invitation = invitations.find_invitation(token)
    except InvitationGoneError as problem:
        context = {"problem": explain_problem(problem)}
        return render(request, "accounts/invitation_gone.html", context, status=404)
    form = AcceptInvitationForm(request.POST if request.method == "POST" else None, email=invitation.email)
    if form.is_valid() and _join(request, token, form):
        return redirect("home")
    return render(request, "accounts/accept_invitation.html", {"form": form, "invitation": invitation})


def _join(request: HttpRequest, token: str, form: AcceptInvitationForm) -> bool:
    """Whether the person joined, and is signed in; if not, the form says why."""
    try:
        user = invitations.accept_invitation(
            token, name=form.cleaned_data["name"], password=form.cleaned_data["password1"]
        )
    except PersonError as problem:
        form.add_error(None, explain_problem(problem))
        return False
    login(request, user)
    messages.success(request, _("Welcome to %(brand)s.") % {"brand": user.brand.name})
    return True

"""Invitations: made by an admin, e-mailed as a link, used once."""

from __future__ import annotations

import hashlib
import logging
import secrets
from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import EmailElsewhereError, EmailTakenError, InvitationGoneError
from accounts.models import Brand, Invitation, User

log = logging.getLogger(__name__)

INVITATION_DAYS = 7


def invite_person(*, brand: Brand, email: str, role: str, invited_by: User) -> tuple[Invitation, str]:
    """The invitation and its link; an earlier one for the address stops working.

    A removed person of the brand can be invited back. Raises `EmailTakenError` for a present one,
    `EmailElsewhereError` for a person of another brand.
    """
    email = email.strip().lower()
    _refuse_taken(brand, User.objects.filter(email__iexact=email).first())
    token = secrets.token_urlsafe(32)
    invitation, _made = Invitation.objects.update_or_create(
        brand=brand,
        email=email,
        defaults={
            "role": role,
            "token_digest": digest_token(token),
            "invited_by": invited_by,
            "created_at": timezone.now(),
            "expires_at": timezone.now() + timedelta(days=INVITATION_DAYS),
        },
    )
    return invitation, settings.PUBLIC_URL + reverse("accept_invitation", args=[token])


def find_invitation(token: str) -> Invitation:
    """The open invitation of a link. Raises `InvitationGoneError` when it is unknown, used or too old."""
    open_ones = Invitation.objects.select_related("brand").filter(expires_at__gt=timezone.now())
    try:
        return open_ones.get(token_digest=digest_token(token))
    except Invitation.DoesNotExist:
        raise InvitationGoneError from None


def accept_invitation(token: str, *, name: str, password: str) -> User:
    """Make the invited person a user of the brand, or bring a removed one back; the link is used up.

    Raises `InvitationGoneError`, `EmailTakenError`, `EmailElsewhereError`.
    """
    with transaction.atomic():
        invitation = find_invitation(token)
        Brand.objects.select_for_update().get(pk=invitation.brand_id)
        if not Invitation.objects.filter(pk=invitation.pk).delete()[0]:
            raise InvitationGoneError
        user = User.objects.filter(email__iexact=invitation.email).first()
        _refuse_taken(invitation.brand, user)
        user = user or User(brand=invitation.brand, email=invitation.email)
        user.name, user.role, user.is_active = name, invitation.role, True
        user.set_password(password)
        user.save()
        return user


def send_invitation(invitation: Invitation, link: str) -> bool:
    """E-mail the link. False when it did not leave this machine: the admin then passes it on."""
    context = {"invitation": invitation, "link": link, "days": INVITATION_DAYS}
    subject = _("Join %(brand)s on Tributary") % {"brand": invitation.brand.name}
    body = render_to_string("accounts/mail/invitation.txt", context)
    try:
        send_mail(" ".join(subject.split()), body, None, [invitation.email])
    except (SMTPException, OSError) as error:
        log.warning("An invitation could not be e-mailed: %s", type(error).__name__)
        return False
    return sends_mail()


def sends_mail() -> bool:
    """Whether letters leave this machine, as far as the settings tell."""
    return settings.EMAIL_BACKEND.rpartition(".")[0].rpartition(".")[2] not in {
        "filebased",
        "console",
        "dummy",
    }


def digest_token(token: str) -> str:
    """SHA-256 in hex; the token has 256 random bits, so nothing slower is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def _refuse_taken(brand: Brand, user: User | None) -> None:
    if user is None:
        return
    if user.brand_id != brand.pk:
        raise EmailElsewhereError
    if user.is_active:
        raise EmailTakenError

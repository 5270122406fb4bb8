"""The addresses of signing in, people, and Segment accounts."""

from __future__ import annotations

from django.urls import URLPattern, path

from accounts.views import invitations, people, segment, sign_in

urlpatterns: list[URLPattern] = [
    path("", sign_in.home, name="home"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("password/", sign_in.ChangePassword.as_view(), name="password_change"),
    path("password/reset/", sign_in.AskPasswordReset.as_view(), name="password_reset"),
    path("password/reset/sent/", sign_in.PasswordResetSent.as_view(), name="password_reset_sent"),
    path(
        "password/reset/<uidb64>/<token>/",
        sign_in.ResetPassword.as_view(),
        name="password_reset_confirm",
    ),
    path("invitations/<token>/", invitations.accept_invitation, name="accept_invitation"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.person_invite, name="person_invite"),
    path("people/invitations/<int:pk>/revoke/", people.invitation_revoke, name="invitation_revoke"),
    path("people/<int:pk>/role/", people.person_change_role, name="person_change_role"),
    path("people/<int:pk>/remove/", people.person_remove, name="person_remove"),
    path("extensions/", segment.extensions, name="extensions"),
    path("extensions/segment/add/", segment.account_add, name="account_add"),
    path("accounts/", segment.my_accounts, name="my_accounts"),
    path("accounts/add/", segment.my_account_add, name="my_account_add"),
    path("accounts/<int:pk>/", segment.account_detail, name="account_detail"),
    path("accounts/<int:pk>/check/", segment.account_check, name="account_check"),
    path("accounts/<int:pk>/rename/", segment.account_rename, name="account_rename"),
    path("accounts/<int:pk>/replace/", segment.account_replace, name="account_replace"),
    path("accounts/<int:pk>/remove/", segment.account_remove, name="account_remove"),
]

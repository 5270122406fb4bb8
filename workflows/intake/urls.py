"""The submit endpoint's address, with and without the slash at its end: it never redirects."""

from __future__ import annotations

from django.urls import URLPattern, path

from workflows.intake import views

urlpatterns: list[URLPattern] = [
    path("submit/<str:survey_key>/", views.submit, name="submit"),
    path("submit/<str:survey_key>", views.submit),
]

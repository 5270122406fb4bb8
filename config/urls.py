"""The addresses of the product; each app lists its own."""

from __future__ import annotations

from django.urls import include, path

from config import health

handler400 = "config.errors.bad_request"

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("workflows.urls")),
    path("healthz", health.healthz, name="healthz"),
    path("metrics", health.metrics, name="metrics"),
]

"""The addresses of the runs."""

from __future__ import annotations

from django.urls import path

from workflows.views import runs

urlpatterns = [
    path("runs/", runs.run_list, name="run_list"),
    path("runs/<uuid:submission_id>/", runs.run_detail, name="run_detail"),
    path("runs/deliveries/<uuid:delivery_id>/send-again/", runs.run_send_again, name="run_send_again"),
]

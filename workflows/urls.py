"""The addresses of surveys, workflows, tasks, runs and the submit endpoint."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("workflows.views.survey_urls")),
    path("", include("workflows.views.workflow_urls")),
    path("", include("workflows.views.run_urls")),
    path("", include("workflows.wizard.urls")),
    path("", include("workflows.intake.urls")),
]

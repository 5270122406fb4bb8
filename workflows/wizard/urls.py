"""The addresses of the wizard."""

from __future__ import annotations

from django.urls import path

from workflows.wizard import (
    account_views,
    dry_run_views,
    mapping_views,
    sample_views,
    source_views,
    trial_views,
    views,
)

urlpatterns = [
    path("workflows/<int:workflow_id>/tasks/add/", views.task_add, name="task_add"),
    path("tasks/<int:task_id>/", views.task_detail, name="task_detail"),
    path("tasks/<int:task_id>/preview/", mapping_views.task_preview, name="task_preview"),
    path("tasks/<int:task_id>/run/", dry_run_views.task_run, name="task_run"),
    path("tasks/<int:task_id>/test/", trial_views.task_test, name="task_test"),
    path("tasks/<int:task_id>/samples/save/", sample_views.task_sample_save, name="task_sample_save"),
    path("tasks/<int:task_id>/samples/delete/", sample_views.task_sample_delete, name="task_sample_delete"),
    path("tasks/<int:task_id>/account/add/", account_views.task_account_add, name="task_account_add"),
    path("tasks/<int:task_id>/source/list/", source_views.task_sources, name="task_sources"),
    path("tasks/<int:task_id>/source/create/", source_views.task_source_create, name="task_source_create"),
    path(
        "tasks/<int:task_id>/source/check-name/",
        source_views.task_source_check_name,
        name="task_source_check_name",
    ),
    path("tasks/<int:task_id>/<slug:step>/", views.task_step, name="task_step"),
]

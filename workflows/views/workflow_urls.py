"""The addresses of workflows, and of what their page does with the tasks."""

from __future__ import annotations

from django.urls import path

from workflows.views import task_actions, workflows

urlpatterns = [
    path("workflows/", workflows.workflow_list, name="workflow_list"),
    path("workflows/add/", workflows.workflow_add, name="workflow_add"),
    path("workflows/<int:workflow_id>/", workflows.workflow_detail, name="workflow_detail"),
    path("workflows/<int:workflow_id>/edit/", workflows.workflow_edit, name="workflow_edit"),
    path("workflows/<int:workflow_id>/enable/", workflows.workflow_enable, name="workflow_enable"),
    path("workflows/<int:workflow_id>/delete/", workflows.workflow_delete, name="workflow_delete"),
    path("tasks/<int:task_id>/copy/", task_actions.task_copy, name="task_copy"),
    path("tasks/<int:task_id>/move/", task_actions.task_move, name="task_move"),
    path("tasks/<int:task_id>/enable/", task_actions.task_enable, name="task_enable"),
    path("tasks/<int:task_id>/delete/", task_actions.task_delete, name="task_delete"),
]

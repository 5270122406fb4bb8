"""The addresses of surveys and of their hosted pages."""

from __future__ import annotations

from django.urls import path

from workflows.views import hosted, surveys

urlpatterns = [
    path("surveys/", surveys.survey_list, name="survey_list"),
    path("surveys/add/", surveys.survey_add, name="survey_add"),
    path("surveys/<int:survey_id>/", surveys.survey_detail, name="survey_detail"),
    path("surveys/<int:survey_id>/delete/", surveys.survey_delete, name="survey_delete"),
    path("s/<str:survey_key>/", hosted.hosted_survey, name="hosted_survey"),
]

from django.urls import path

from project.reports import views

urlpatterns = [
    path("reports/", views.report_list, name="reports"),
    path("reports/<slug:name>/", views.start_report, name="start-report"),
]

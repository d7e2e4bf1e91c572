from django.urls import path

from project.runs import views

urlpatterns = [
    path("tasks/", views.run_list, name="runs"),
    path("tasks/<uuid:pk>/", views.run_page, name="run"),
    path("tasks/<uuid:pk>/state", views.run_state, name="run-state"),
]

from django.urls import path

from hello import views

urlpatterns = [
    path("hello/", views.ask),
    path("hello/<uuid:pk>/", views.answer, name="answer"),
    path("healthz", views.health),
]

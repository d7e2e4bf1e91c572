from django.urls import path

from ledger import views

urlpatterns = [
    path("work", views.work),
    path("bulk", views.bulk),
    path("chain", views.chain),
    path("chord", views.chord),
    path("retry", views.retry),
    path("slow", views.slow),
    path("refused", views.refused),
    path("healthz", views.health),
]

from django.urls import path

from ledger import views

urlpatterns = [
    path("work", views.work),
    path("bulk", views.bulk),
    path("chain", views.chain),
    path("chord", views.chord),
    path("retry", views.retry),
    path("slow", views.slow),
    path("hold", views.hold),
    path("refused", views.refused),
    path("newest", views.newest),
    path("healthz", views.health),
]

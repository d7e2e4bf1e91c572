from django.urls import path

from project.flash_sale import views

urlpatterns = [
    path("flash-sale/", views.flash_sale_page, name="flash-sale"),
    path("api/flash-sale/", views.flash_sale_api, name="flash-sale-api"),
]

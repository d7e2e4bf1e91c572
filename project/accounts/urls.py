from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from project.accounts import api, views

urlpatterns = [
    path("accounts/register/", views.register_page, name="register"),
    path("accounts/registered/", views.registered_page, name="registered"),
    path("accounts/resend/", views.resend_page, name="resend"),
    path("accounts/activate/<str:token>/", views.activate_page, name="activate"),
    path(
        "accounts/login/",
        LoginView.as_view(template_name="accounts/login.html", redirect_authenticated_user=True),
        name="login",
    ),
    path("accounts/logout/", LogoutView.as_view(), name="logout"),
    path("api/accounts/", api.register_api, name="register-api"),
    path("api/accounts/resend/", api.resend_api, name="resend-api"),
]

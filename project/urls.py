from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView, TemplateView

from project.health import health

admin.site.site_header = admin.site.site_title = "Daily Fresh"
admin.site.index_title = "Behind the counter"

urlpatterns = [
    path("", TemplateView.as_view(template_name="home.html"), name="home"),
    path("", include("project.accounts.urls")),
    path("", include("project.flash_sale.urls")),
    path("", include("project.reports.urls")),
    path("", include("project.runs.urls")),
    path("admin/", admin.site.urls),
    path("healthz", health, name="health"),
    # Browsers ask for it on pages that name no icon: the admin's.
    path("favicon.ico", RedirectView.as_view(url=static("project/icon.svg"))),
]

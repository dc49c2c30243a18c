"""Every address of the product."""

from django.urls import include, path

urlpatterns = [
    path("", include("ndtms.about.urls")),
    path("", include("ndtms.accounts.urls")),
    path("", include("ndtms.audit.urls")),
    path("", include("ndtms.oversight.urls")),
    path("", include("ndtms.keys.urls")),
    path("", include("ndtms.regions.urls")),
    path("", include("ndtms.submissions.urls")),
    path("", include("det.urls")),
]

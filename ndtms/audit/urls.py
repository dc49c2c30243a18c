"""Addresses of the audit."""

from django.urls import path

from ndtms.audit import views

urlpatterns = [
    path("audit/", views.audit, name="audit"),
    path("audit/file/", views.audit_file, name="audit-file"),
]

"""Addresses of transfers and submissions."""

from django.urls import path

from ndtms.submissions import views

urlpatterns = [
    path("transfer/", views.transfer, name="transfer"),
    path("transfer/file/", views.transfer_file, name="transfer-file"),
]

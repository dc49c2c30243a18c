"""Addresses of transfers and submissions."""

from django.urls import path

from ndtms.submissions import check_views, views

urlpatterns = [
    path("transfer/", views.transfer, name="transfer"),
    path("check-file/", check_views.check_file, name="check-file"),
    path("transfer/file/", views.transfer_file, name="transfer-file"),
]

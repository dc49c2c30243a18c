"""Addresses of what the teams see of an agency. An agency's code is public; nothing of a client is in an address."""

from django.urls import path

from ndtms.oversight import views

urlpatterns = [
    path("region/agency/<str:code>/", views.quality, name="agency-quality"),
    path("region/agency/<str:code>/client/", views.client, name="client-with-reason"),
    path("audit/views/", views.views, name="viewed-with-reason"),
]

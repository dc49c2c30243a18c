"""Addresses of the pages about the product itself."""

from django.urls import path

from ndtms.about import views

urlpatterns = [
    path("help/about/", views.about, name="about"),
    path("help/accessibility/", views.accessibility, name="accessibility"),
    path("help/privacy/", views.privacy, name="privacy"),
    path("help/contact/", views.contact, name="contact"),
]

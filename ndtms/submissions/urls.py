"""Addresses of the data entry tool."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []

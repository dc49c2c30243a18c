"""Addresses of signing in and out."""

from django.urls import path

from ndtms.accounts import session_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/code/", views.code, name="code"),
    path("sign-in/authenticator/", views.enrol, name="enrol"),
    path("sign-in/agency/", views.choose_agency, name="choose-agency"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("account/sessions/", session_views.own_sessions, name="own-sessions"),
    path("help/sign-in/", views.how_to_sign_in, name="how-to-sign-in"),
]

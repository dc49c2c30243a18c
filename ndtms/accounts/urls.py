"""Addresses of signing in and out."""

from django.urls import path

from ndtms.accounts import password_views, second_step_views, session_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/code/", second_step_views.code, name="code"),
    path("sign-in/code/<slug:kind>/", second_step_views.code, name="code-by"),
    path("sign-in/authenticator/", second_step_views.enrol, name="enrol"),
    path("sign-in/new-key/", second_step_views.enrol_key, name="enrol-key"),
    path("sign-in/lent-key/", second_step_views.enrol_lent_key, name="enrol-lent-key"),
    path("sign-in/enrolment-code/", second_step_views.enrol_code, name="enrol-code"),
    path("sign-in/agency/", views.choose_agency, name="choose-agency"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("account/password/", password_views.password, name="password"),
    path("account/sessions/", session_views.own_sessions, name="own-sessions"),
    path("help/sign-in/", views.how_to_sign_in, name="how-to-sign-in"),
]

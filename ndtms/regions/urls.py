"""Addresses of a region: its agencies, its people, and how people come and go."""

from django.urls import path

from ndtms.regions.views import access, agencies, declarations, leavers, people

urlpatterns = [
    path("region/", agencies.region, name="region"),
    path("region/agencies/add/", agencies.add, name="agency-add"),
    path("region/agencies/<int:key>/", agencies.agency, name="agency"),
    path("region/agencies/<int:key>/change/", agencies.change, name="agency-change"),
    path("region/agencies/<int:key>/close/", agencies.close, name="agency-close"),
    path("region/agencies/<int:key>/lead/", agencies.invite_lead, name="agency-invite-lead"),
    path("region/people/", people.people, name="region-people"),
    path("region/people/add/", people.add, name="person-add"),
    path("region/requests/", access.requests, name="access-requests"),
    path("region/requests/<int:key>/", access.request_page, name="access-request"),
    path("region/declarations/", declarations.declarations, name="declarations"),
    path("region/declarations/<int:key>/", declarations.declaration, name="declaration"),
    path("people/", people.colleagues, name="agency-people"),
    path("people/ask/", people.ask, name="agency-people-ask"),
    path("people/<int:key>/", people.person, name="person"),
    path("people/<int:key>/leaver/", leavers.leaver, name="leaver"),
    path("people/<int:key>/left/", leavers.receipt, name="leaver-receipt"),
    path("access/", access.ask, name="ask-access"),
    path("access/asked/", access.asked, name="access-asked"),
    path("invitation/password/", access.password, name="invitation-password"),
    path("invitation/<str:token>/", access.invitation, name="invitation"),
]

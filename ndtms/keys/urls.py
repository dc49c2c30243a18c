"""Addresses of one's own ways of signing in, of the key register and of resets."""

from django.urls import path

from det.kept import never_kept
from ndtms.keys import register_views, views

urlpatterns = [
    path("account/factors/", views.your_factors, name="your-factors"),
    path("account/factors/add-key/", views.add_key, name="factor-add-key"),
    path("account/factors/add-app/", views.add_app, name="factor-add-app"),
    path("account/factors/lent-key/", views.set_up_lent_key, name="factor-lent-key"),
    path("account/factors/<slug:kind>/<int:pk>/name/", views.rename, name="factor-rename"),
    path("account/factors/<slug:kind>/<int:pk>/remove/", views.remove, name="factor-remove"),
    path("account/confirm/", views.confirm, name="confirm-identity"),
    path("keys/", register_views.register, name="key-register"),
    path("keys/add/", register_views.add, name="key-add"),
    path("keys/<int:pk>/", register_views.key_page, name="key"),
    path("keys/<int:pk>/lend/", register_views.lend, name="key-lend"),
    path("keys/<int:pk>/replace/", register_views.replace, name="key-replace"),
    path("keys/people/", register_views.people, name="key-people"),
    path("keys/people/<int:pk>/", register_views.person_page, name="person-factors"),
    path("keys/resets/", register_views.resets, name="resets-waiting"),
    path("keys/reset/<int:pk>/", register_views.reset, name="factor-reset"),
]
# Keys, codes and who gets them are for this moment only: what was sent as a session ended is typed again.
for pattern in urlpatterns:
    never_kept(pattern.callback)

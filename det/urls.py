"""Addresses of the data entry tool. Nothing in them is personal: records are named by random keys."""

from django.urls import path

from det.views import caseload, dataset, deleting, findings, records

urlpatterns = [
    path("clients/", caseload.client_list, name="client-list"),
    path("clients/fix/", findings.fix_list, name="fix-list"),
    path("clients/add/", records.add_client, name="client-add"),
    path("clients/<uuid:key>/", caseload.client, name="client"),
    path("record/<str:section>/<uuid:key>/", records.review, name="record"),
    path("record/<str:section>/<uuid:key>/add/", records.add, name="record-add"),
    path("record/<str:section>/<uuid:key>/delete/", deleting.delete, name="record-delete"),
    path("record/<str:section>/<uuid:key>/restore/", deleting.restore, name="record-restore"),
    path("record/<str:section>/<uuid:key>/undo/<int:version>/", records.undo, name="record-undo"),
    path("record/<str:section>/<uuid:key>/<str:page>/", records.change, name="record-change"),
    path(
        "findings/<uuid:record>/<str:rule>/<str:field>/", findings.explain, name="finding-explain"
    ),
    path("data-set/", dataset.data_set, name="data-set"),
    path("data-set/rules/", dataset.rule_book, name="rule-book"),
    path("data-set/items/<str:record>/<str:field>/", dataset.item, name="data-item"),
]

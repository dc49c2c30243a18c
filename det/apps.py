from django.apps import AppConfig


class DetConfig(AppConfig):
    name = "det"

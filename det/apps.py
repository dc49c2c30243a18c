from django.apps import AppConfig


class DetConfig(AppConfig):
    name = "det"

    def ready(self) -> None:
        from det import checks  # noqa: F401

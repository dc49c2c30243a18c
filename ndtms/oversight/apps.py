from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "ndtms.oversight"
    label = "oversight"

    def ready(self) -> None:
        from ndtms.oversight import checks  # noqa: F401

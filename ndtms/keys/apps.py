from django.apps import AppConfig


class KeysConfig(AppConfig):
    name = "ndtms.keys"

    def ready(self) -> None:
        from ndtms.keys import checks  # noqa: F401

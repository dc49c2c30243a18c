from django.apps import AppConfig


class DetConfig(AppConfig):
    name = "det"

    def ready(self) -> None:
        from django.db.backends.signals import connection_created

        from det import checks  # noqa: F401
        from det.scope import apply_to_new

        connection_created.connect(apply_to_new, dispatch_uid="scope")

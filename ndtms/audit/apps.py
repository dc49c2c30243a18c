from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "ndtms.audit"

    def ready(self) -> None:
        from det.signals import changed
        from ndtms.audit.receivers import record_change

        changed.connect(record_change, dispatch_uid="audit")

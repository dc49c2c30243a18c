from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "ndtms.accounts"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from ndtms.accounts import checks  # noqa: F401
        from ndtms.accounts.middleware import start_session_clock

        user_logged_in.connect(start_session_clock, dispatch_uid="session clock")

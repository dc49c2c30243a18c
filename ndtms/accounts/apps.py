from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "ndtms.accounts"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from ndtms.accounts import checks  # noqa: F401
        from ndtms.accounts.middleware import begin_session

        user_logged_in.connect(begin_session, dispatch_uid="session clock")

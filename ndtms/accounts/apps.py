from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "ndtms.accounts"

    def ready(self) -> None:
        from axes.models import AccessAttempt
        from django.contrib.auth.signals import user_logged_in
        from django.db.models.signals import pre_save

        from ndtms.accounts import checks  # noqa: F401
        from ndtms.accounts.guesses import leave_out_what_was_sent
        from ndtms.accounts.middleware import begin_session

        user_logged_in.connect(begin_session, dispatch_uid="session clock")
        pre_save.connect(
            leave_out_what_was_sent, sender=AccessAttempt, dispatch_uid="short guesses"
        )

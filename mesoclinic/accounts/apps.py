from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "mesoclinic.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Sign-ins and changed passwords are heard from the first request on."""
        from mesoclinic.accounts import sign_in  # noqa: F401, PLC0415

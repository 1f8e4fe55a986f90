"""The project as an app: what has to be done once, when the settings are read and before anything is asked."""

from django.apps import AppConfig

from finito import environment


class FinitoConfig(AppConfig):
    """Makes the place of the database that is used without DATABASE_URL."""

    name = "finito"

    def ready(self) -> None:
        environment.make_place("DATABASE_URL")

"""The project's own admin site, in Django's place (https://docs.djangoproject.com/en/5.2/ref/contrib/admin/)."""

from django.contrib.admin.apps import AdminConfig


class OperatorsConfig(AdminConfig):
    """`django.contrib.admin` with the site that guards its lists."""

    default_site = "finito.admin_site.OperatorsSite"

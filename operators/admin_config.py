"""The admin site of our own, in the place of Django's.

See https://docs.djangoproject.com/en/5.2/ref/contrib/admin/#overriding-the-default-admin-site.
"""

from django.contrib.admin.apps import AdminConfig


class GuardedAdminConfig(AdminConfig):
    """`django.contrib.admin` with the site that guards its lists."""

    default_site = "operators.admin_site.OperatorsSite"

"""The settings of a stack's processes: the product's, but passwords are hashed at once, as in every other test."""

from finito.settings import *  # noqa: F403

# The product's hasher takes half a second of CPU, for each user who is made and for each who signs in.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

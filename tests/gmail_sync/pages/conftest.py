"""Gives a user, and the browser in which they are signed in."""

import pytest
from django.contrib.auth.models import User
from django.test import Client


@pytest.fixture
def user() -> User:
    return User.objects.create_user("anna")


@pytest.fixture
def signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client

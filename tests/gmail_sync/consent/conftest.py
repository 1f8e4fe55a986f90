"""A browser in which ann is signed in, and an address for a mailbox that is renamed."""

from itertools import count

import pytest
from django.contrib.auth.models import User
from django.test import Client

_numbers = count(1)


@pytest.fixture
def browser(client: Client, ann: User) -> Client:
    client.force_login(ann)
    return client


@pytest.fixture
def new_email() -> str:
    return f"renamed{next(_numbers)}@gmail.example"

"""The login page leads those who are signed in back to where they were going."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("", "/"),
        ("?next=/accounts/", "/accounts/"),
        ("?next=/%3Faccount%3D7", "/?account=7"),
        ("?next=/nothing/", "/nothing/"),
        ("?next=/login/", "/"),
        ("?next=/login/%3Fnext%3D/login/", "/"),
        ("?next=http://testserver/login/", "/"),
        ("?next=/logout/", "/"),
        ("?next=/admin/login/", "/"),
        ("?next=/admin/logout/", "/"),
        ("?next=//evil.example/", "/"),
        ("?next=http://[", "/"),
        ("?next=http://evil.example/login/", "/"),
    ],
)
def test_it_leads_a_signed_in_user_to_a_page(client: Client, db: None, asked: str, leads_to: str) -> None:
    client.force_login(User.objects.create_user("ann", password="ann"))
    answer = client.get(f"/login/{asked}")
    assert (answer.status_code, answer.headers["Location"]) == (302, leads_to)


def test_it_leads_there_after_signing_in_too(client: Client, db: None) -> None:
    User.objects.create_user("ann", password="ann")
    answer = client.post("/login/?next=/login/", {"username": "ann", "password": "ann"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")

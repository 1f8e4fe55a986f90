"""The keys by which django-axes counts failed logins."""

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address, ip_network

from django.http import HttpRequest

LONGEST_NAME = 255  # that a row of axes holds
HOME_BITS = 64  # of an IPv6 address: each machine chooses the rest for itself (RFC 4291, 2.5.1)


def login_name(request: HttpRequest, credentials: Mapping[str, str] | None) -> str | None:
    """Return the name that somebody signs in with, as far as a row holds it: strangers choose its length."""
    name = (credentials or request.POST).get("username")
    return name and name[:LONGEST_NAME]


def client_network(request: HttpRequest) -> str | None:
    """Return the client's address, which uvicorn takes from TRUSTED_PROXIES; of IPv6 its network, None if unknown."""
    try:
        client = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return None
    if isinstance(client, IPv6Address):
        return str(client.ipv4_mapped or ip_network((client, HOME_BITS), strict=False).network_address)
    return str(client)

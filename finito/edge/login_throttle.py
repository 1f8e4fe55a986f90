"""Whose failed logins are counted together (django-axes does the counting)."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.http import HttpRequest

HOME_BITS = 64  # of an IPv6 address: what follows, each machine chooses for itself (RFC 4291, 2.5.1)


def client_network(request: HttpRequest) -> str | None:
    """The client's address, as uvicorn knows it behind TRUSTED_PROXIES; of IPv6 its network, None if unknown."""
    try:
        client = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return None
    if isinstance(client, IPv6Address):
        return str(client.ipv4_mapped or ip_network((client, HOME_BITS), strict=False).network_address)
    return str(client)

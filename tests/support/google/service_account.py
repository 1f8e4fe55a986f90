"""A service account's key file, as the Cloud console gives it out."""

import json
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ADDRESS = "operator@test.iam.gserviceaccount.com"


@cache
def _pem() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    no_password = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, no_password).decode()


def write_key(file: Path, token_url: str, address: str = ADDRESS) -> str:
    """Write it; returns its path, for GOOGLE_APPLICATION_CREDENTIALS."""
    account = {"type": "service_account", "client_email": address, "private_key_id": "1", "private_key": _pem()}
    file.write_text(json.dumps({**account, "token_uri": token_url}))
    return str(file)

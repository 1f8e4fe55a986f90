"""Debian's nginx with docs/nginx.conf itself: only ports, names and paths are put in their place."""

import os
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from launcher.environment import ROOT
from tests.load import process
from tests.support.live import Stack
from tests.support.waiting import status_of

SITE = ROOT / "docs" / "nginx.conf"
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
# As hostile to a stream as the rest of an operator's nginx may be: it compresses everything, and does not heed the app.
MAIN = """
{user}
daemon off;
worker_processes 2;
pid {directory}/nginx.pid;
error_log {directory}/main.error.log;
events {{}}
http {{
    access_log off;
    gzip on;
    gzip_types *;
    gzip_proxied any;
    gzip_min_length 1;
    proxy_ignore_headers X-Accel-Buffering;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    include {directory}/site.conf;
}}
"""


CERTIFICATE = "certificate.pem"


def write_certificate(directory: Path) -> Path:
    """A throwaway certificate for 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    no_password = serialization.NoEncryption()
    file = directory / CERTIFICATE
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, no_password)
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


def nginx_command(directory: Path, http_port: int, https_port: int, web_ports: Sequence[int]) -> list[str]:
    """Put nginx's files beside the certificate. Fails if the site's lines are not those that are replaced."""
    assert NGINX is not None
    certificate = directory / CERTIFICATE
    site = SITE.read_text()
    for old, new, count in [
        ("server 127.0.0.1:8001 ", f"server 127.0.0.1:{web_ports[0]} ", 1),
        ("server 127.0.0.1:8002 ", f"server 127.0.0.1:{web_ports[1]} ", 1),
        ("listen 80;", f"listen 127.0.0.1:{http_port};", 1),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{https_port} ssl http2;", 1),
        ("    listen [::]:80;\n", "", 1),
        ("    listen [::]:443 ssl http2;\n", "", 1),
        ("server_name finito.example;", "server_name 127.0.0.1;", 2),
        ("/etc/letsencrypt/live/finito.example/fullchain.pem", str(certificate), 1),
        ("/etc/letsencrypt/live/finito.example/privkey.pem", str(certificate), 1),
        ("root /var/www/html;", f"root {directory}/acme;", 1),
        ("/var/log/nginx/", f"{directory}/", 3),
        ("keepalive_timeout 60s;", "keepalive_timeout 5s;", 1),  # a test may wait until the idle ones are gone
    ]:
        assert site.count(old) == count, f"docs/nginx.conf has not {count} times {old!r}"
        site = site.replace(old, new)
    (directory / "site.conf").write_text(site)
    user = "user root;" if os.geteuid() == 0 else ""  # its workers must reach the test's directory
    (directory / "nginx.conf").write_text(MAIN.format(user=user, directory=directory))
    return [NGINX, "-e", f"{directory}/main.error.log", "-c", f"{directory}/nginx.conf"]


class ProxiedStack(Stack):
    """A stack with HTTPS_ONLY whose address is nginx's; pushes come through it too. One more process: nginx.

    SSL_CERT_FILE must name the directory's certificate in every process that asks it anything.
    """

    def __init__(self, directory: Path) -> None:
        self.https_port = 0  # not known before the stack has its ports
        super().__init__(directory, webs=4, env={"HTTPS_ONLY": "True", "TRUSTED_PROXIES": "127.0.0.1"})
        http_port, self.https_port = self.web_ports[2:]
        del self.web_ports[2:], self.commands["web2"], self.commands["web3"]
        self.commands["nginx"] = nginx_command(directory, http_port, self.https_port, self.web_ports)
        self.environment["SSL_CERT_FILE"] = str(directory / CERTIFICATE)
        push_endpoint = f"{self.url()}/gmail/push/"
        self.environment["PUBSUB_PUSH_AUDIENCE"] = push_endpoint
        simulator = self.commands["simulator"]
        simulator[simulator.index("--push-endpoint") + 1] = push_endpoint

    def url(self, web: int = 0) -> str:
        """nginx's address, whichever web is asked for."""
        return f"https://127.0.0.1:{self.https_port}"

    def _answers(self, name: str) -> Callable[[], bool]:
        if name == "nginx":
            return lambda: status_of(f"{self.url()}/metrics") == 404
        if name.startswith("web"):
            return lambda: status_of(f"http://127.0.0.1:{self.web_ports[int(name[3:])]}/livez") == 200
        return super()._answers(name)

    def connections(self) -> int:
        """Connections that the webs hold open, to nginx and to whoever asked them directly."""
        return sum(map(process.connections, self.web_ports))

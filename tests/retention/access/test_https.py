"""Reading a document over https, from a real server with a real certificate."""

import ipaddress
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from retention.access.issuer import MAX_DOCUMENT, https_get
from tests.issuer import EC_KEY

#: Seconds within which a server on this machine answers, however busy that is.
PATIENCE = 30.0


class Answers(BaseHTTPRequestHandler):
    """A document, one that is too large, a redirect, an error, and nonsense."""

    def do_GET(self) -> None:
        if self.path == "/nonsense":
            self.wfile.write(b"good day\r\n\r\n")
            return
        status = {"/elsewhere": 302, "/broken": 500}.get(self.path, 200)
        size = {"/large": MAX_DOCUMENT + 1, "/largest": MAX_DOCUMENT}.get(self.path, 2)
        self.send_response(status)
        self.send_header("Location", "/document")
        self.end_headers()
        self.wfile.write(b"{}".ljust(size))

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and the certificate that it signed for itself."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder(name, name, EC_KEY.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(EC_KEY, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    key = EC_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(key + made.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def url(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server whose certificate this machine trusts for the time being."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_document_is_read(url: str) -> None:
    assert https_get(f"{url}/document", PATIENCE) == b"{}"
    assert len(https_get(f"{url}/largest", PATIENCE)) == MAX_DOCUMENT


@pytest.mark.parametrize("path", ["elsewhere", "broken", "large", "nonsense"])
def test_what_is_no_plain_answer_is_not_taken(url: str, path: str) -> None:
    with pytest.raises(OSError, match=r"302|500|too large|not HTTP"):
        https_get(f"{url}/{path}", PATIENCE)


def test_a_certificate_that_nobody_vouches_for_is_not_taken(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")

    with pytest.raises(OSError, match="certificate"):
        https_get(f"{url}/document", PATIENCE)

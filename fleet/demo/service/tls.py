"""The service's own certificate authority and the certificate it shows on loopback."""

import ssl
from pathlib import Path

import trustme

NAMES = ("127.0.0.1", "localhost")


def make_certificates(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Write `ca.pem` into the folder and return it with a server context for both host names."""
    authority = trustme.CA(organization_name="Fleet simulated service")
    leaf = authority.issue_cert(*NAMES)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    leaf.configure_cert(context)
    ca_pem = folder / "ca.pem"
    authority.cert_pem.write_to_path(ca_pem)
    return ca_pem, context

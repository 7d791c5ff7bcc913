"""TLS for the lab: a server context whose private key is never a file."""

from __future__ import annotations

import os
import ssl
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import trustme


def server_context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """
    Return a server's context that presents *certificate*.

    OpenSSL's Python face reads keys from files only, and trustme's own `configure_cert` makes a
    temporary one. A pipe has a path, too, and is not on any disk.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    chain = b"".join(each.bytes() for each in certificate.cert_chain_pems)
    with ExitStack() as pipes:
        context.load_cert_chain(
            pipes.enter_context(_piped(chain)),
            pipes.enter_context(_piped(certificate.private_key_pem.bytes())),
        )
    return context


@contextmanager
def _piped(content: bytes) -> Iterator[str]:
    """Yield a path from which *content* (less than a pipe holds) can be read once."""
    outlet, inlet = os.pipe()
    try:
        with os.fdopen(inlet, "wb") as file:
            file.write(content)
        yield f"/dev/fd/{outlet}"
    finally:
        os.close(outlet)

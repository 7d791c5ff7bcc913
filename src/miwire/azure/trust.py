"""Which certificate authorities are trusted: those that the environment names, else certifi's."""

from __future__ import annotations

import os
import ssl
from functools import cache
from pathlib import Path

import certifi

from miwire.errors import BadRequest, Unreachable

_OF_OPENSSL = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_OF_REQUESTS = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_KEY_LOG = "SSLKEYLOGFILE"


def trusted() -> ssl.SSLContext:
    """
    Return the context of what is asked with httpx: Microsoft Graph, issuers and apps.

    SSL_CERT_FILE and SSL_CERT_DIR count; where neither is set, REQUESTS_CA_BUNDLE and
    CURL_CA_BUNDLE do, because a company's proxy signs for all hosts with the same authority.
    Raises Unreachable where one that counts cannot be read, BadRequest where SSLKEYLOGFILE
    cannot be written.
    """
    return _context(*_named((*_OF_OPENSSL, *_OF_REQUESTS)), os.environ.get(_KEY_LOG))


def bundle() -> str:
    """
    Return the file or folder of certificates for what is asked with requests: ARM and Entra ID.

    The same as `trusted` with the names in the other order; it raises the same.
    """
    variable, path = _named((*_OF_REQUESTS, *_OF_OPENSSL))
    if variable or os.environ.get(_KEY_LOG):
        # requests tells a bad file by an OSError in the middle of a request.
        _context(variable, path, os.environ.get(_KEY_LOG))
    return path


def _named(variables: tuple[str, ...]) -> tuple[str, str]:
    """Return the first variable that is set and its path; certifi's own file without a name."""
    for name in variables:
        if path := os.environ.get(name):
            return name, path
    return "", certifi.where()


@cache
def _context(variable: str, path: str, key_log: str | None) -> ssl.SSLContext:
    """Return a context, made once: reading a hundred certificates outlasts a request."""
    if key_log:
        _check_key_log(key_log)
    try:
        where = Path(path)
        if where.is_dir() and variable != "SSL_CERT_FILE":
            return ssl.create_default_context(capath=path)
        if variable == "SSL_CERT_DIR" or not where.is_file():
            kind = "folder" if variable == "SSL_CERT_DIR" else "file"
            raise _unreadable(variable, path, f"there is no such {kind}")
        return ssl.create_default_context(cafile=path)
    except ssl.SSLError as error:
        raise _unreadable(variable, path, "it contains no certificates in PEM form") from error
    except (OSError, ValueError) as error:
        raise _unreadable(variable, path, getattr(error, "strerror", "") or str(error)) from error


def _check_key_log(path: str) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).keylog_filename = path
    except (OSError, ValueError) as error:
        raise BadRequest(
            f"{_KEY_LOG} names {path}, which can't be written: "
            f"{getattr(error, 'strerror', '') or error}.",
            hint=f"Name a file that can be written, or unset {_KEY_LOG}.",
        ) from error


def _unreadable(variable: str, path: str, why: str) -> Unreachable:
    return Unreachable(
        f"{variable or 'certifi'} names {path} as the trusted certificates, but {why}.",
        hint=f"Set {variable} to a PEM file of certificate authorities, or unset it."
        if variable
        else "Reinstall certifi.",
        lasting=True,
    )

"""Whom miwire trusts, by the variables of OpenSSL's and of requests'."""

import pytest
import trustme

from miwire.azure import trust
from miwire.errors import BadRequest, Unreachable

NAMES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSLKEYLOGFILE")


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    """Set variables in an environment that names no certificates."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)

    def given(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, str(value))

    return given


@pytest.fixture
def authority(tmp_path):
    file = tmp_path / "ca.pem"
    trustme.CA(organization_name="Corp").cert_pem.write_to_path(file)
    return file


def names_of(context):
    return {
        dict(part[0] for part in each["subject"]).get("organizationName")
        for each in context.get_ca_certs()
    }


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_one_variable_counts_for_both_libraries(environment, authority, name):
    environment(**{name: authority})

    assert {"Corp"} == names_of(trust.trusted())
    assert str(authority) == trust.bundle()


def test_each_library_takes_its_own_variable_first(environment, authority, tmp_path):
    other = tmp_path / "other.pem"
    trustme.CA(organization_name="Other").cert_pem.write_to_path(other)
    environment(SSL_CERT_FILE=authority, REQUESTS_CA_BUNDLE=other)

    assert {"Corp"} == names_of(trust.trusted())
    assert str(other) == trust.bundle()


def test_a_folder_of_certificates_is_taken(environment, tmp_path):
    environment(SSL_CERT_DIR=tmp_path)

    assert set() == names_of(trust.trusted())
    assert str(tmp_path) == trust.bundle()


def test_without_a_variable_the_public_roots_count(environment):
    environment(SSL_CERT_FILE="", SSLKEYLOGFILE="")

    assert len(trust.trusted().get_ca_certs()) > 50


@pytest.mark.parametrize("ask", [trust.trusted, trust.bundle])
@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"])
@pytest.mark.parametrize("path", ["/nowhere/ca.pem", __file__, "x" * 5000])
def test_what_cannot_be_read_is_named(environment, ask, name, path):
    environment(**{name: path})
    with pytest.raises(Unreachable) as refused:
        ask()

    assert refused.value.message.startswith(f"{name} names {path[:20]}")
    assert refused.value.hint.startswith(f"Set {name} to a PEM file")


@pytest.mark.parametrize("ask", [trust.trusted, trust.bundle])
def test_a_key_log_that_cannot_be_written_is_named(environment, ask, tmp_path):
    environment(SSLKEYLOGFILE=tmp_path)
    with pytest.raises(BadRequest, match="SSLKEYLOGFILE names"):
        ask()

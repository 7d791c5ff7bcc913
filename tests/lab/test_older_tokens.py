"""The token endpoint and the identity endpoint of years ago, which older clients still use."""

from datetime import datetime

import jwt
import pytest

LEGACY = "2017-09-01"


def by_resource(azure, **form):
    """What Entra ID's first token endpoint answers the operator."""
    return azure.client.post(
        f"{azure.tenant.addresses.entra}/{azure.tenant.tenant_id}/oauth2/token",
        data={
            "grant_type": "client_credentials",
            "client_id": azure.operator["appId"],
            "client_secret": "the operator's secret",
            "resource": "https://graph.microsoft.com/",
        }
        | form,
    )


def legacy(azure, header="secret", **query):
    """What the identity endpoint answers core in its first version."""
    return azure.client.get(
        f"{azure.tenant.addresses.identity_endpoint}/msi/token",
        params={"api-version": LEGACY, "resource": "https://graph.microsoft.com", **query},
        headers={header: azure.site.identity_header},
    )


def test_the_first_token_endpoint_answers_in_strings(azure):
    body = by_resource(azure).json()
    claims = jwt.decode(body["access_token"], options={"verify_signature": False})

    assert all(isinstance(value, str) for value in body.values())
    assert ("Bearer", "3599", "3599", "https://graph.microsoft.com/") == tuple(
        body[name] for name in ("token_type", "expires_in", "ext_expires_in", "resource")
    )
    assert (claims["exp"], claims["nbf"]) == (int(body["expires_on"]), int(body["not_before"]))
    assert "https://graph.microsoft.com/" == claims["aud"]


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"resource": ""}, 400, 900144),
        ({"resource": "api://nobody"}, 400, 500011),
        ({"client_secret": "guess"}, 401, 7000215),
        ({"grant_type": "password"}, 400, 70003),
    ],
)
def test_the_first_token_endpoint_refuses_as_the_second_does(azure, form, status, code):
    refused = by_resource(azure, **form)

    assert (status, [code]) == (refused.status_code, refused.json()["error_codes"])


def test_the_first_identity_endpoint_tells_its_expiry_as_a_date(azure):
    body = legacy(azure).json()
    claims = jwt.decode(body["access_token"], options={"verify_signature": False})
    expires = datetime.strptime(body["expires_on"], "%m/%d/%Y %I:%M:%S %p %z")

    assert {"access_token", "expires_on", "resource", "token_type"} == body.keys()
    assert claims["exp"] == expires.timestamp()
    assert azure.caller["id"] == claims["oid"]


@pytest.mark.parametrize(
    ("header", "query", "status"),
    [
        pytest.param("X-IDENTITY-HEADER", {}, 401, id="today's header"),
        pytest.param("secret", {"api-version": "2019-08-01"}, 401, id="today's version"),
        pytest.param("secret", {"clientid": "nobody"}, 400, id="another identity"),
    ],
)
def test_the_first_identity_endpoint_is_asked_in_its_own_way(azure, header, query, status):
    assert status == legacy(azure, header, **query).status_code

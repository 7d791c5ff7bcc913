"""Claims challenges of ARM and Graph, and what Entra ID says to a person who can't get a token."""

import base64
import json
import re

import jwt
import pytest

from miwire.lab.entra.errors import OF_A_PERSON
from miwire.lab.faults.config import TOKEN_REFUSALS

IDENTITY = {"identity": {"type": "SystemAssigned"}}


def operator_with(lab, resource, *contexts):
    """The operator's token, as Entra ID would issue it to somebody who met these contexts."""
    token = lab.operator_token(resource)
    claims = jwt.decode(token, options={"verify_signature": False})
    return lab.token(claims | {"acrs": list(contexts)})


def demanded(response):
    """The claims that a challenge demands."""
    challenge = response.headers["www-authenticate"]
    assert 'error="insufficient_claims"' in challenge
    assert 'authorization_uri="' in challenge
    return json.loads(base64.b64decode(re.search(r'claims="([^"]+)"', challenge)[1]))


def test_arm_demands_multifactor_authentication_of_writes(lab, arm, core):
    lab.faults({"claimsChallenges": {"arm": True}})
    refused = arm.patch(core, json=IDENTITY)

    error = refused.json()["error"]
    assert (401, "RequestDisallowedByPolicy") == (refused.status_code, error["code"])
    assert "Reasons: 'MFA is required'" in error["message"]
    asked = {"access_token": {"acrs": {"essential": True, "values": ["p1"]}}}
    assert asked == demanded(refused)
    assert "identity" not in arm.get(core).json()


def test_arm_reads_without_multifactor_authentication(lab, arm, core):
    lab.faults({"claimsChallenges": {"arm": True}})

    assert 200 == arm.get(f"{core}/config/authsettingsV2/list").status_code
    assert 200 == arm.post(f"{core}/config/appsettings/list").status_code


@pytest.mark.parametrize(("contexts", "status"), [(["p1"], 200), (["c1"], 401), ([], 401)])
def test_arm_takes_a_token_that_has_what_it_demands(lab, core, contexts, status):
    lab.faults({"claimsChallenges": {"arm": True}})
    with lab.client("arm", operator_with(lab, lab.arm, *contexts)) as arm:
        answer = arm.patch(core, params={"api-version": "2025-05-01"}, json=IDENTITY)

    assert status == answer.status_code


def test_graph_demands_a_context_and_takes_a_token_that_has_it(lab):
    lab.faults({"claimsChallenges": {"graph": True}})
    with lab.client("graph") as graph:
        refused = graph.get("/v1.0/applications")
    with lab.client("graph", operator_with(lab, lab.graph, "c1")) as graph:
        taken = graph.get("/v1.0/applications")

    assert (401, "InvalidAuthenticationToken") == (
        refused.status_code,
        refused.json()["error"]["code"],
    )
    assert {"access_token": {"acrs": {"essential": True, "values": ["c1"]}}} == demanded(refused)
    assert 200 == taken.status_code


def requested(lab):
    """What the token endpoint answers the operator's client secret."""
    return lab.http.post(
        f"{lab.entra}/{lab.tenant_id}/oauth2/v2.0/token",
        data={
            "grant_type": "client_credentials",
            "client_id": lab.environment["MIWIRE_LAB_CLIENT_ID"],
            "client_secret": lab.environment["MIWIRE_LAB_CLIENT_SECRET"],
            "scope": f"{lab.arm}/.default",
        },
    )


@pytest.mark.parametrize("code", TOKEN_REFUSALS)
def test_the_token_endpoint_refuses_as_it_refuses_a_person(lab, code):
    lab.faults({"tokenRefusal": code})
    refused = requested(lab)

    body = refused.json()
    assert (400, "invalid_grant", [int(code)]) == (
        refused.status_code,
        body["error"],
        body["error_codes"],
    )
    assert body["error_description"].startswith(f"AADSTS{code}: ")
    assert body["suberror"]
    assert lab.operator_token(lab.arm)
    lab.faults({})
    assert 200 == requested(lab).status_code


def test_a_policy_names_the_claims_that_it_demands(lab):
    lab.faults({"tokenRefusal": "50076"})
    body = requested(lab).json()

    assert f"to access '{lab.arm}/.default'" in body["error_description"]
    assert json.loads(body["claims"])["access_token"]["capolids"]["essential"] is True


def test_every_code_of_the_switch_has_its_text():
    assert set(TOKEN_REFUSALS) == OF_A_PERSON.keys()

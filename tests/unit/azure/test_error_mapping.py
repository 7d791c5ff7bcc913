"""What a refusal means, and whom to ask; bodies as users reported them."""

import base64

import pytest

from miwire.azure.error_mapping import claims_challenge, fault
from miwire.errors import NotPermitted
from miwire.redaction import safe_line

GUID = "11111111-1111-1111-1111-111111111111"
SCOPE = f"/subscriptions/{GUID}/resourceGroups/rg/providers/Microsoft.Web/sites/core"
ALLOWED = (
    f"The client '{GUID}' with object id '{GUID}' has permission to perform action "
    f"'Microsoft.Web/sites/write' on scope '{SCOPE}'; however, "
)
LINKED = (
    f"{ALLOWED}it does not have permission to perform action(s) "
    "'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action' on the linked scope(s) "
    f"'{SCOPE}' (respectively) or the linked scope(s) are invalid."
)
DENIED = f"{ALLOWED}the access is denied because of the deny assignment with name 'x' and Id 'y'."
POLICY = "Resource 'core' was disallowed by policy. Reasons: 'no'."
LOCKED = f"The scope '{SCOPE}' cannot perform write operation because following scope(s) are locked"
REFUSED = (
    f"The client '{GUID}' with object id '{GUID}' does not have authorization to perform action "
    f"'Microsoft.Web/sites/config/write' over scope '{SCOPE}' or the scope is invalid."
)


def refusal(status, code, message, **whose):
    return fault(status, {"error": {"code": code, "message": message}}, "write", **whose)


@pytest.mark.parametrize(
    ("status", "code", "message", "helps"),
    [
        (403, "LinkedAuthorizationFailed", LINKED, "userAssignedIdentities/assign/action"),
        (403, "DenyAssignmentAuthorizationFailed", DENIED, "deny assignment"),
        (403, "RequestDisallowedByPolicy", POLICY, "Azure Policy"),
        (403, "AuthorizationFailed", REFUSED, "Microsoft.Web/sites/config/write"),
        (409, "ScopeLocked", LOCKED, "resource lock"),
    ],
)
def test_a_refusal_by_arm_names_its_owner_or_the_missing_action(status, code, message, helps):
    error = refusal(status, code, message, of_graph=False)

    assert isinstance(error, NotPermitted)
    assert helps in error.hint
    assert "Microsoft.Web/sites/write" not in error.hint
    assert "Graph" not in error.hint


@pytest.mark.parametrize("body", [None, {"Code": "Forbidden", "Message": "No."}])
def test_a_refusal_by_arm_without_an_action_gets_no_hint_about_graph(body):
    assert fault(403, body, "write", of_graph=False).hint is None


def test_a_refusal_by_graph_names_its_permissions():
    error = refusal(403, "Authorization_RequestDenied", "Insufficient privileges.")

    assert "Application.ReadWrite.All" in error.hint


def test_the_line_that_meets_a_claims_challenge_is_kept_whole():
    line = (
        'az login --claims-challenge "eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJ2YWx1ZXMiOlsicDEiXX19fQ=="'
        f' --tenant "{GUID}" --scope "https://management.core.windows.net//.default"'
    )
    report = f"AADSTS50076: use MFA.\nRun the command below:\n{line}\nTrace ID: x"

    assert line == claims_challenge(report)
    assert line == safe_line(claims_challenge(report))


def test_a_report_without_a_challenge_has_no_line():
    assert claims_challenge("Please run 'az login' to set up an account") is None


@pytest.mark.parametrize(
    "document",
    [
        '{"access_token":"secret"}',
        '{"alg":"RS256","typ":"JWT"}',
        '{"access_token":{"sub":{"value":"x"}}}',
    ],
)
def test_what_is_no_claims_request_is_hidden_behind_the_option_too(document):
    encoded = base64.urlsafe_b64encode(document.encode()).decode().rstrip("=")

    assert encoded not in safe_line(f"az login --claims-challenge {encoded}")

"""What each refusal of ARM or Graph means."""

import pytest

from miwire.azure.error_mapping import fault
from miwire.errors import BadRequest, NotFound, NotPermitted, NotSignedIn, Unreachable

DOING = "read the app"


def said(code, message="No."):
    return {"error": {"code": code, "message": message}}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, said("ExpiredAuthenticationToken"), NotSignedIn),
        (401, None, NotSignedIn),
        (401, said("Throttled"), Unreachable),
        (403, said("AuthorizationFailed"), NotPermitted),
        (404, said("ResourceNotFound"), NotFound),
        (409, said("ScopeLocked"), NotPermitted),
        (409, said("Conflict"), Unreachable),
        (400, said("BadRequest"), BadRequest),
        (400, said("FailedIdentityOperation"), NotFound),
        (429, said("TooManyRequests"), Unreachable),
        (500, "<html>", Unreachable),
    ],
)
def test_a_status_and_its_code_decide_the_kind_of_error(status, body, kind):
    assert type(fault(status, body, DOING)) is kind


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (said("A", "b c."), "Could not read the app: Azure answered 500, A: b c."),
        ({"Code": "A", "Message": "b"}, "Could not read the app: Azure answered 500, A: b."),
        (said("", "b\n  c"), "Could not read the app: Azure answered 500, b c."),
        ([], "Could not read the app: Azure answered 500, no reason given."),
    ],
    ids=["ARM and Graph", "Microsoft.Web", "without a code", "no document"],
)
def test_what_azure_said_is_in_one_sentence(body, sentence):
    assert sentence == fault(500, body, DOING).message


def test_the_action_that_is_missing_is_in_the_hint():
    message = "The client does not have authorization to perform action 'a/b/write' over scope."

    refused = fault(403, said("X", message), DOING, of_graph=False)

    assert "a role that allows a/b/write" in refused.hint


def test_a_long_message_is_cut_off():
    assert len(fault(400, said("X", "word " * 200), DOING).message) < 400

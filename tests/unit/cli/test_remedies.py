"""What an error says to do: its own hint, what cures it, or where it is explained."""

import pytest

from miwire.azure.error_mapping import fault
from miwire.cli.remedies import hint_of
from miwire.errors import BadRequest, NotFound, NotPermitted
from miwire.remedy import Fix, Remedy
from miwire.tokens.aadsts import TokenRefusal, TokenRefused

ENABLE = Fix(Remedy.ENABLE_IDENTITY, source="core")


def with_check(check):
    error = BadRequest("It doesn't fit.")
    error.check = check
    return error


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        pytest.param(NotFound("AADSTS500011.", hint="Look."), "Look.", id="its own"),
        pytest.param(
            TokenRefused("x", TokenRefusal(aadsts=500011), fix=ENABLE),
            "miwire enable-identity core",
            id="its cure",
        ),
        pytest.param(
            TokenRefused("api://x/.default", TokenRefusal(aadsts=500011)),
            "miwire explain AADSTS500011",
            id="a code of Entra ID",
        ),
        pytest.param(
            fault(403, {"error": {"code": "AuthorizationFailed"}}, "read it", of_graph=False),
            "miwire explain AuthorizationFailed",
            id="a code of ARM",
        ),
        pytest.param(with_check("MIW513"), "miwire explain MIW513", id="a check"),
        pytest.param(NotPermitted("You can't."), None, id="no code"),
        pytest.param(TokenRefused("x", TokenRefusal(aadsts=4711123)), None, id="an unknown code"),
        pytest.param(
            TokenRefused("x", TokenRefusal.of("Token request error: (invalid_scope) 500, An …")),
            None,
            id="a sentence in place of a code",
        ),
    ],
)
def test_an_error_says_what_to_do_where_anything_is_known(error, hint):
    assert hint == hint_of(error)

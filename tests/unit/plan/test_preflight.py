import pytest

from miwire.errors import ExitCode
from miwire.model.site import SiteRef
from miwire.permissions import arm as rights
from miwire.permissions.graph import ASSIGN_ROLES, READ_DIRECTORY, WRITE_APPLICATIONS
from miwire.plan.preflight import refusal

CORE = SiteRef("sub", "rg", "core")
INTEGRATION = SiteRef("sub", "rg", "integration")
IDENTITY = (
    "/subscriptions/sub/resourceGroups/rg"
    "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders"
)


def test_a_refusal_names_every_missing_right_and_where():
    error = refusal(
        [rights.write_site(CORE), rights.write_settings(INTEGRATION), ASSIGN_ROLES],
        "connect core to integration",
    )

    assert error.message == (
        "Could not connect core to integration: the signed-in account lacks "
        "Microsoft.Web/sites/write on core, Microsoft.Web/sites/config/write on integration and "
        "permission to assign app roles (Microsoft Graph); nothing was changed."
    )
    assert ExitCode.NOT_PERMITTED == error.exit_code
    assert 3 == len(error.missing)


@pytest.mark.parametrize(
    ("lacked", "hint"),
    [
        pytest.param(
            [rights.write_site(CORE), rights.list_settings(CORE)],
            "Ask for Website Contributor on core.",
            id="one role for two rights",
        ),
        pytest.param(
            [
                rights.write_site(CORE),
                rights.assign_identity(IDENTITY),
                rights.write_settings(INTEGRATION),
            ],
            "Ask for Website Contributor on core and integration "
            "and Managed Identity Operator on id-orders.",
            id="two roles",
        ),
        pytest.param(
            [rights.write_settings(CORE), ASSIGN_ROLES],
            "Ask for Website Contributor on core and Cloud Application Administrator "
            "(an app: the application permission AppRoleAssignment.ReadWrite.All).",
            id="a role in ARM and one in the directory",
        ),
        pytest.param(
            [READ_DIRECTORY, WRITE_APPLICATIONS, ASSIGN_ROLES],
            "Ask for Cloud Application Administrator (an app: the application permissions "
            "Application.ReadWrite.All and AppRoleAssignment.ReadWrite.All).",
            id="writing reads too",
        ),
        pytest.param(
            [READ_DIRECTORY, ASSIGN_ROLES],
            "Ask for Cloud Application Administrator (an app: the application permissions "
            "Application.Read.All and AppRoleAssignment.ReadWrite.All).",
            id="assigning does not read",
        ),
        pytest.param(
            [READ_DIRECTORY],
            "Ask for Directory Readers (an app: the application permission Application.Read.All).",
            id="reading alone",
        ),
    ],
)
def test_the_hint_names_the_smallest_roles_once(lacked, hint):
    assert hint == refusal(lacked, "do it").hint

import pytest

from miwire.model.site import SiteRef
from miwire.permissions import arm as rights
from miwire.permissions.arm import Judgement, PermissionSet

CORE = SiteRef("sub", "rg", "core")
STAGING = SiteRef("sub", "rg", "core", "staging")
IDENTITY = (
    "/subscriptions/sub/resourceGroups/rg"
    "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders"
)
READER = PermissionSet(("*/read",))
WEBSITE_CONTRIBUTOR = PermissionSet(("Microsoft.Authorization/*/read", "Microsoft.Web/sites/*"))
MANAGED_IDENTITY_OPERATOR = PermissionSet(
    (
        "Microsoft.ManagedIdentity/userAssignedIdentities/*/read",
        "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
        "Microsoft.Authorization/*/read",
    )
)
CONTRIBUTOR = PermissionSet(
    ("*",), ("Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write")
)
ALL_BUT_SETTINGS = PermissionSet(("Microsoft.Web/sites/*",), ("Microsoft.Web/sites/config/*",))


@pytest.mark.parametrize(
    ("permissions", "action", "allowed"),
    [
        pytest.param(CONTRIBUTOR, "Microsoft.Web/sites/write", True, id="a star for everything"),
        pytest.param(READER, "Microsoft.Web/sites/config/read", True, id="a star for a path"),
        pytest.param(READER, "Microsoft.Web/sites/config/list/action", False, id="no secrets"),
        pytest.param(WEBSITE_CONTRIBUTOR, "microsoft.web/SITES/Write", True, id="in any case"),
        pytest.param(WEBSITE_CONTRIBUTOR, "Microsoft.Web/sites/slots/write", True, id="slots too"),
        pytest.param(WEBSITE_CONTRIBUTOR, "Microsoft.Web/serverfarms/write", False, id="no plans"),
        pytest.param(
            CONTRIBUTOR, "Microsoft.Authorization/roleAssignments/write", False, id="taken away"
        ),
        pytest.param(
            MANAGED_IDENTITY_OPERATOR,
            "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
            True,
            id="a star between slashes for nothing",
        ),
        pytest.param(
            PermissionSet(("*",), ("Microsoft.Web/*/write",)),
            "Microsoft.Web/write",
            True,
            id="but not in what is taken away",
        ),
        pytest.param(PermissionSet(()), "Microsoft.Web/sites/read", False, id="nothing"),
    ],
)
def test_a_permission_set_allows_what_its_actions_cover_and_its_not_actions_do_not(
    permissions, action, allowed
):
    assert allowed == permissions.allows(action)


@pytest.mark.parametrize(
    ("right", "permissions", "judgement"),
    [
        pytest.param(
            rights.write_site(CORE), [READER], Judgement.MISSING, id="Reader, the app itself"
        ),
        pytest.param(rights.write_settings(CORE), [], Judgement.MISSING, id="no permission at all"),
        pytest.param(
            rights.list_settings(CORE), [READER], Judgement.MISSING, id="Reader, the app settings"
        ),
        pytest.param(
            rights.write_settings(STAGING),
            [READER, WEBSITE_CONTRIBUTOR],
            Judgement.HELD,
            id="Website Contributor besides",
        ),
        pytest.param(
            rights.write_settings(CORE),
            [ALL_BUT_SETTINGS, WEBSITE_CONTRIBUTOR],
            Judgement.HELD,
            id="one role gives what another takes away",
        ),
        pytest.param(
            rights.assign_identity(IDENTITY),
            [WEBSITE_CONTRIBUTOR],
            Judgement.MISSING,
            id="Website Contributor, an identity",
        ),
        pytest.param(
            rights.assign_identity(IDENTITY),
            [MANAGED_IDENTITY_OPERATOR],
            Judgement.HELD,
            id="Managed Identity Operator",
        ),
        pytest.param(
            rights.write_site(CORE), None, Judgement.UNKNOWN, id="permissions that nobody may read"
        ),
    ],
)
def test_a_right_is_missing_only_where_the_permissions_were_read(right, permissions, judgement):
    assert judgement == right.judged(permissions)


def test_a_slots_actions_are_not_its_apps():
    of_app = [each(CORE).action for each in (rights.write_site, rights.list_settings)]
    of_slot = [each(STAGING).action for each in (rights.write_site, rights.list_settings)]

    assert ["Microsoft.Web/sites/write", "Microsoft.Web/sites/config/list/action"] == of_app
    assert [
        "Microsoft.Web/sites/slots/write",
        "Microsoft.Web/sites/slots/config/list/action",
    ] == of_slot


def test_a_right_names_where_it_is_wanted():
    assert "Microsoft.Web/sites/slots/config/write on core/staging" == (
        rights.write_settings(STAGING).text
    )
    assert "id-orders" == rights.assign_identity(IDENTITY).where

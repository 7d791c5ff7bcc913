"""The story as values: what core and integration are before, and once they are wired."""

from dataclasses import replace

import pytest

from miwire.model.auth_settings import AuthSettings
from miwire.model.auth_settings_edit import Mode
from miwire.model.cloud import Issuers
from miwire.model.directory import (
    AppRegistration,
    AppRole,
    AppRoleAssignment,
    ServicePrincipal,
    unique_name,
)
from miwire.model.identity import ManagedIdentity, SystemAssignedIdentity, UserAssignedIdentity
from miwire.model.site import Site, SiteRef
from miwire.model.wiring import Caller, Source, Target, Wiring
from miwire.plan.changes.auth_settings import WriteAuthSettings

SUBSCRIPTION = "00000000-aaaa-bbbb-cccc-000000000000"
TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"
CORE_REF = SiteRef(SUBSCRIPTION, "rg", "core")
REF = SiteRef(SUBSCRIPTION, "rg", "integration")
TARGET = Site(REF, "integration.example", (), "app,linux", "Running", ManagedIdentity())
BARE = Site(CORE_REF, "core.example", (), "app,linux", "Running", ManagedIdentity())
ROLE = AppRole("role-id", "Caller", enabled=True, member_types=("Application",), document={})
API = AppRegistration(
    "api-object", "api-client", "integration", ("api://api-client",), 2, (ROLE,), unique_name(REF)
)
PRINCIPAL = ServicePrincipal("api-principal", "api-client", "integration", assignment_required=True)


class Story:
    """What tests of plans start from."""

    issuers = Issuers(
        f"https://sts.windows.net/{TENANT}/", f"https://login.microsoftonline.com/{TENANT}/v2.0"
    )
    caller = Caller("core", "core-client", "core-principal")
    orders = UserAssignedIdentity(
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers"
        "/Microsoft.ManagedIdentity/userAssignedIdentities/id-orders",
        "orders-principal",
        "orders-client",
    )

    @property
    def fresh(self):
        """Nothing there yet, and core without an identity."""
        return Wiring(
            TENANT,
            target=Target(TARGET, issuers=self.issuers),
            source=Source(BARE),
            callers=(Caller.to_be("core"),),
        )

    @property
    def core(self):
        """core with its own identity."""
        identity = ManagedIdentity(SystemAssignedIdentity("core-principal", TENANT))
        return replace(BARE, identity=identity)

    @property
    def wired(self):
        """Everything there, and core let in."""
        with_caller = replace(self.fresh, source=Source(self.core), callers=(self.caller,))
        made = with_caller.with_target(
            registration=API,
            service_principal=PRINCIPAL,
            assignments=(AppRoleAssignment("core-principal", "role-id", "1"),),
        )
        gate = WriteAuthSettings("integration", Mode.CLOSED)
        return made.with_target(settings=gate.edit(made).applied_to(AuthSettings()))


@pytest.fixture
def story():
    """The story as values."""
    return Story()

import json
from dataclasses import replace

import pytest

from miwire.model.app_setting import AppSetting
from miwire.model.auth_settings import AuthSettings
from miwire.model.directory import AppRegistration, AppRole, AppRoleAssignment, ServicePrincipal
from miwire.model.identity import ManagedIdentity
from miwire.model.run_record import image, recorded
from miwire.model.site import Site, SiteRef
from miwire.model.wiring import Source, Target, Wiring

CORE = Site(SiteRef("s", "rg", "core"), "core.example", (), "app", "Running", ManagedIdentity())
ROLE = AppRole("role", "Caller", enabled=True, member_types=("Application",), document={})
API = AppRegistration("object", "client", "integration", ("api://client",), 2, (ROLE,))
PRINCIPAL = ServicePrincipal("principal", "client", "integration", assignment_required=True)
WIRED = Wiring(
    source=Source(CORE),
    target=Target(
        CORE,
        settings=AuthSettings({"platform": {"enabled": True}}),
        registration=API,
        service_principal=PRINCIPAL,
        assignments=(AppRoleAssignment("b", "role", "1"), AppRoleAssignment("a", "role", "2")),
    ),
)


def test_what_a_run_may_change_is_all_there():
    assert {
        "authSettings": {"platform": {"enabled": True}},
        "registration": {
            "objectId": "object",
            "appId": "client",
            "requestedAccessTokenVersion": 2,
            "identifierUris": ["api://client"],
            "appRoles": [{"id": "role", "value": "Caller"}],
        },
        "servicePrincipal": {"objectId": "principal", "appRoleAssignmentRequired": True},
        "assignments": [
            {"principalId": "a", "appRoleId": "role"},
            {"principalId": "b", "appRoleId": "role"},
        ],
        "identity": {"principalId": None, "userAssigned": []},
        "appSetting": None,
    } == image(WIRED)


def test_of_an_app_setting_only_its_name_and_a_scope_are_there():
    found = {"NAME": "secret", "OTHER": "secret"}
    setting = AppSetting.among("NAME", found, is_slot_setting=True)

    assert {"name": "NAME", "value": None, "slotSetting": True} == image(
        WIRED.with_source(scope_setting=setting)
    )["appSetting"]
    assert "secret" not in repr(setting)


def test_images_of_one_state_are_the_same_in_whatever_order_graph_told_it():
    turned = WIRED.with_target(assignments=WIRED.the_target.assignments[::-1])

    assert image(WIRED) == image(turned)


def test_what_was_deleted_is_not_there():
    gone = image(
        WIRED.with_target(
            registration=replace(API, deleted=True),
            service_principal=replace(PRINCIPAL, deleted=True),
        )
    )

    assert (None, None) == (gone["registration"], gone["servicePrincipal"])


def test_an_image_is_json():
    assert image(WIRED) == json.loads(json.dumps(image(WIRED)))


@pytest.mark.parametrize("value", ["hunter2", 1234, ["hunter2"], 72.0])
def test_what_miwire_does_not_know_is_kept_as_a_digest(value):
    found = recorded({"novel": {"member": value}})["novel"]["member"]

    assert str(value) not in json.dumps(found)
    assert found == recorded({"novel": {"member": value}})["novel"]["member"]
    assert found != recorded({"novel": {"member": [value, "more"]}})["novel"]["member"]


@pytest.mark.parametrize("value", [None, True, [], {}])
def test_what_can_be_no_secret_stays(value):
    assert {"novel": value} == recorded({"novel": value})


def test_a_token_is_taken_out_of_what_is_known_too():
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzb21lYm9keSJ9.c2lnbmF0dXJl"
    found = recorded({"globalValidation": {"excludedPaths": [f"/{token}", "/health"]}})

    assert ["/(a token)", "/health"] == found["globalValidation"]["excludedPaths"]

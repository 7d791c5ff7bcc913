import pytest

from miwire.errors import NotFound, NotPermitted
from miwire.model import auth_settings as at
from miwire.model.site import SiteRef


@pytest.fixture
def integration(lab):
    return SiteRef.parse(lab.site("integration")["resourceId"])


def test_the_subscriptions_are_those_that_the_operator_may_see(azure, lab):
    (found,) = azure.sites.subscriptions()

    assert (lab.subscription_id, lab.tenant_id, True) == (found.id, found.tenant_id, found.enabled)


def test_the_tenant_of_a_subscription_is_known_even_where_it_is_another(azure, lab):
    lab.reset("two-tenants")
    foreign = SiteRef.parse(lab.site("foreign")["resourceId"]).subscription

    assert lab.tenant_id == azure.sites.subscription(lab.subscription_id).tenant_id
    assert lab.tenant_id != azure.sites.subscription(foreign).tenant_id


def test_an_app_is_read_with_its_host_name_and_identity(azure, lab, integration):
    site = azure.sites.get(integration)

    assert lab.url("integration") == site.url
    assert site.identity.type == "None"


def test_an_identity_is_made_once(azure, integration):
    first = azure.sites.set_identity(integration, system=True, user_assigned=())
    second = azure.sites.set_identity(integration, system=True, user_assigned=())

    assert first.identity == second.identity == azure.sites.get(integration).identity


def test_settings_come_back_with_everything_that_was_in_them(azure, lab, integration):
    lab.reset("signing-in")
    before = azure.sites.auth_settings(integration)
    azure.sites.put_auth_settings(integration, before.with_value(at.ACTION, "Return401"))
    after = azure.sites.auth_settings(integration)

    lost = [
        difference.path
        for difference in before.differences(after)
        if difference.before is not None and difference.path != at.ACTION
    ]
    assert [] == lost


def test_the_v1_view_tells_which_version_is_in_use(azure, lab, integration):
    fresh = azure.sites.classic_auth(integration)
    lab.reset("classic")

    assert (False, True) == (fresh.in_use, azure.sites.classic_auth(integration).in_use)


def test_what_is_not_there_and_what_is_not_allowed_are_told_apart(session, azure, integration):
    with pytest.raises(NotFound, match="ResourceNotFound"):
        azure.sites.get(SiteRef(integration.subscription, integration.group, "nosuch"))
    with pytest.raises(NotPermitted, match=r"Microsoft\.Web/sites/write"):
        session("stranger").sites.set_identity(integration, system=True, user_assigned=())

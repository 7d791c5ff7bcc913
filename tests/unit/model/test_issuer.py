"""Text of `openIdIssuer`: forms that are in the field, and to which group each belongs."""

import pytest

from miwire.model import issuer
from miwire.model.cloud import Issuers, published
from miwire.model.issuer import IssuerForm, IssuerGroup, classified

TENANT = "44444444-dddd-4ddd-8ddd-444444444444"
OTHER = "99999999-9999-4999-8999-999999999999"
V1, V2 = f"https://sts.windows.net/{TENANT}/", f"https://login.microsoftonline.com/{TENANT}/v2.0"
PUBLIC = Issuers(V1, V2)
LOGIN = "https://login.microsoftonline.com"
METADATA = ".well-known/openid-configuration"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (None, issuer.ABSENT),
        ("", issuer.ABSENT),
        (7, issuer.ABSENT),
        (V1, issuer.OWN_TENANT),
        (V1.rstrip("/"), issuer.OWN_TENANT),
        (V2, issuer.OWN_TENANT),
        (f"{V2}/", issuer.OWN_TENANT),
        (V2.upper().replace("HTTPS", "https"), issuer.OWN_TENANT),
        (f"{V1}v2.0", issuer.OWN_TENANT),
        (f"{LOGIN}/{TENANT}", issuer.OWN_TENANT),
        (f"{V2}/{METADATA}", issuer.OWN_TENANT),
        (f"{V1}{METADATA}", issuer.OWN_TENANT),
        (f"{LOGIN}/contoso.example/v2.0", issuer.OWN_DOMAIN),
        (f"{LOGIN}/fabrikam.onmicrosoft.com/v2.0", issuer.DOMAIN),
        (f"https://login.windows.net/{TENANT}/", issuer.ANOTHER_HOST),
        (f"https://login.microsoftonline.us/{TENANT}/v2.0", issuer.ANOTHER_HOST),
        (f"https://login.example/{TENANT}/v2.0", issuer.ANOTHER_HOST),
        (f"{LOGIN}/common/v2.0", issuer.ANY_TENANT),
        (f"{LOGIN}/organizations/", issuer.ANY_TENANT),
        (f"{LOGIN}/consumers/v2.0", issuer.PERSONAL_ACCOUNTS),
        (f"{LOGIN}/{OTHER}/v2.0", issuer.ANOTHER_TENANT),
        (f"https://contoso.ciamlogin.com/{OTHER}/v2.0", issuer.EXTERNAL_ID),
        (f"https://contoso.b2clogin.com/tfp/{OTHER}/b2c_1_in/v2.0", issuer.B2C),
        (f"{LOGIN}/te/contoso.onmicrosoft.com/b2c_1_in/v2.0", issuer.B2C),
        (f"{LOGIN}/contoso.onmicrosoft.com/v2.0/{METADATA}?p=b2c_1_in", issuer.B2C),
        ("https://accounts.google.com", issuer.ANOTHER_PROVIDER),
        (f"{LOGIN}/v2.0/{TENANT}/", issuer.TRANSPOSED),
        (f"{LOGIN}/v2.0/{{tenant-guid}}/", issuer.PLACEHOLDER),
        (f"{LOGIN}/<tenant id>/v2.0", issuer.PLACEHOLDER),
        (LOGIN, issuer.NO_TENANT),
        (f"{LOGIN}/", issuer.NO_TENANT),
        (f"{LOGIN}/v2.0", issuer.NO_TENANT),
        (TENANT, issuer.BARE_TENANT_ID),
        (f"{LOGIN}//{TENANT}/v2.0", issuer.EMPTY_SEGMENT),
        (f"{V2}//", issuer.EMPTY_SEGMENT),
        (f"{LOGIN}/{TENANT}/oauth2/v2.0/authorize", issuer.ENDPOINT),
        (f"{LOGIN}/{TENANT}/oauth2/token", issuer.ENDPOINT),
        (f"{LOGIN}/{TENANT}/v1.0", issuer.VERSION_1),
        (f"{V2} ", issuer.BLANK),
        (f"{V2}\n", issuer.BLANK),
        (f"login.microsoftonline.com/{TENANT}/v2.0", issuer.NO_SCHEME),
        (f"http://login.microsoftonline.com/{TENANT}/v2.0", issuer.NO_SCHEME),
        (f"{V2}#x", issuer.NOT_AN_ISSUER),
        (f"{V2}?x=1", issuer.NOT_AN_ISSUER),
        (f"{LOGIN}/tenant/v2.0", issuer.NOT_AN_ISSUER),
        (f"{V2}/x", issuer.NOT_AN_ISSUER),
        ("https://[", issuer.NOT_AN_ISSUER),
        ("https://πύλη.example/", issuer.NOT_AN_ISSUER),
    ],
)
def test_the_form_of_an_issuer_is_told_from_its_text(text, form):
    assert form == classified(text, TENANT, PUBLIC, domains=("Contoso.example",)).form


def test_every_form_that_azure_accepts_for_a_tenant_is_of_the_tenant():
    for cloud in ("AzureCloud", "AzureUSGovernment", "AzureChinaCloud"):
        issuers = published(cloud).issuers(TENANT)
        for form in issuers.forms:
            for text in (form, f"{form}/", f"{form}/{METADATA}"):
                assert IssuerGroup.TENANT is classified(text, TENANT.upper(), issuers).group


@pytest.mark.parametrize(
    ("text", "is_v2"), [(V1, False), (V2, True), (f"{V1}v2.0/", True), (f"{V2}/{METADATA}", True)]
)
def test_an_issuer_says_of_which_version_it_is(text, is_v2):
    found = classified(text, TENANT, PUBLIC)

    assert (TENANT, is_v2) == (found.tenant, found.is_v2)


def test_without_the_tenants_own_issuers_nothing_is_called_its_own():
    groups = {classified(each, TENANT, None).group for each in (V1, V2, "https://sts.lab/x")}

    assert {IssuerGroup.UNRESOLVED} == groups


def test_every_form_has_a_name_of_its_own():
    forms = [each for each in vars(issuer).values() if isinstance(each, IssuerForm)]

    assert len(forms) == len({each.name for each in forms})
    assert set(IssuerGroup) == {each.group for each in forms}

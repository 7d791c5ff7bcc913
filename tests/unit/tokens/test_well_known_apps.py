import pytest

from miwire.tokens.well_known_apps import is_first_party_audience

ARM = "797f4846-ba00-4fd7-ba43-dac1f8f63013"
API = "84846a08-b110-44f0-92af-a353b2e94d30"


@pytest.mark.parametrize(
    "audience",
    [
        ARM,
        ARM.upper(),
        f"api://{ARM}",
        f"spn:{ARM}",
        f"{ARM}/.default",
        "00000003-0000-0000-c000-000000000000",
        "https://management.azure.com",
        "https://management.azure.com//.default",
        "HTTPS://Management.Core.Windows.Net/",
        "https://graph.microsoft.com/.default",
        "https://vault.azure.net",
        "https://account.blob.core.windows.net",
        "https://management.usgovcloudapi.net",
        "https://storage.azure.com:443/",
    ],
)
def test_an_audience_of_microsofts_own_is_known_in_every_spelling(audience):
    assert is_first_party_audience(audience)


@pytest.mark.parametrize(
    "audience",
    [
        API,
        f"api://{API}",
        "api://contoso.com/orders",
        "https://azure.com.example",
        "https://notazure.com",
        "https://orders.azurewebsites.net",
        "https://[",
        "",
    ],
)
def test_any_other_audience_is_not(audience):
    assert not is_first_party_audience(audience)

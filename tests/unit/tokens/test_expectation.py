import pytest

from miwire.tokens.expectation import miss

API = "84846a08-b110-44f0-92af-a353b2e94d30"


@pytest.mark.parametrize(
    ("seen", "expected", "said"),
    [
        pytest.param(
            f"api://{API}",
            API,
            "v1 tokens carry the audience as requested, with api://",
            id="a URI for a bare id",
        ),
        pytest.param(
            API,
            f"api://{API}",
            "v2 tokens carry the bare client ID, without api://",
            id="the reverse",
        ),
        pytest.param(f"api://{API}/", f"api://{API}", "slash", id="a slash behind it"),
        pytest.param(f"api://{API}", f"api://{API.upper()}", "case", id="other case"),
        pytest.param(API, f"{API}/.default", "scope", id="a scope was expected"),
    ],
)
def test_a_near_miss_is_explained(seen, expected, said):
    assert said in miss(seen, expected)


def test_several_differences_are_all_named():
    told = miss(f"api://{API.upper()}/", API)

    assert [True] * 3 == [word in told for word in ("api://", "slash", "case")]


def test_another_audience_is_no_near_miss():
    assert miss("https://management.azure.com/", API) is None

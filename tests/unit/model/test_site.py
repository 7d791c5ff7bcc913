import pytest

from miwire.errors import BadRequest
from miwire.model.site import AppName, SiteRef

ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/web"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(ID, id="an app"),
        pytest.param(ID.lower(), id="in lower case"),
        pytest.param(ID + "/", id="with a trailing slash"),
    ],
)
def test_a_resource_id_names_an_app_in_any_case(text):
    assert SiteRef.parse(text).key == SiteRef("s", "g", "web").key


def test_a_slot_has_an_id_of_its_own():
    slot = SiteRef.parse(ID + "/slots/staging")

    assert SiteRef("s", "g", "web", "staging") == slot
    assert slot.id == ID + "/slots/staging"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("/subscriptions/s/resourceGroups/g", id="an id that ends too early"),
        pytest.param("/subscriptions/s/resourceGroups/g/providers/X/sites/web", id="another type"),
        pytest.param("", id="nothing"),
        pytest.param("a b", id="a space"),
        pytest.param("a/b/c/d", id="four segments"),
        pytest.param("g//web", id="an empty segment"),
        pytest.param("g/web/..", id="two dots as a slot"),
        pytest.param(ID + "/slots/..", id="two dots in an id"),
        pytest.param("ftp://web.example", id="another scheme"),
        pytest.param("https://user@web.example", id="a URL with a user"),
        pytest.param("https://web.example:99999", id="a port that cannot be"),
    ],
)
def test_what_can_name_no_app_is_refused_with_a_hint(text):
    with pytest.raises(BadRequest) as refused:
        AppName.parse(text)

    assert refused.value.hint


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("web", AppName("web", "web"), id="a bare name"),
        pytest.param("g/web", AppName("g/web", "web", "g"), id="group and name"),
        pytest.param("g/web/s", AppName("g/web/s", "web", "g", "s"), id="and a slot"),
        pytest.param(
            "https://Web.example:1/x",
            AppName("https://Web.example:1/x", host="web.example:1"),
            id="a URL",
        ),
    ],
)
def test_an_app_is_named_as_people_name_it(text, name):
    assert name == AppName.parse(text)


def test_options_fill_in_what_is_left_out():
    ref = AppName.parse("web").within("s", "g").ref

    assert SiteRef("s", "g", "web") == ref


def test_what_was_typed_wins_over_what_fills_in():
    assert SiteRef.parse(ID) == AppName.parse(ID).within("other", "other").ref


def test_options_that_contradict_the_name_are_refused():
    with pytest.raises(BadRequest, match="says g, but the resource group option says other"):
        AppName.parse("g/web").agreeing("other", None)


@pytest.mark.parametrize("given", ["..", "a/b", "a b", "é"])
def test_an_option_that_can_name_nothing_is_refused(given):
    with pytest.raises(BadRequest):
        AppName.parse("web").within("s", given)

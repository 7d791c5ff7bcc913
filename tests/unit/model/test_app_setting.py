import pytest

from miwire.errors import BadRequest
from miwire.model.app_setting import AppSetting, checked_name, digest, is_scope


@pytest.mark.parametrize(
    "value",
    [
        "api://33767685-a158-4097-a95f-5baafaddeb8d/.default",
        "33767685-a158-4097-a95f-5baafaddeb8d/.default",
        "https://contoso.com/api/.default",
        "api://x//.default",
    ],
)
def test_a_scope_can_be_shown_and_replaced(value):
    assert is_scope(value)
    assert value == AppSetting.among("A", {"A": value}).value


@pytest.mark.parametrize(
    "value",
    [
        *(None, "", " ", "/.default", 1, True, {}, "api://x", "api://x/.default ", "x y/.default"),
        *("x/.default\n", "x\u0085/.default", "x\u2028/.default", "x\0/.default", "x/.Default"),
        *("@Microsoft.KeyVault(x)/.default", "https://u:p@host/.default"),
        *("https://host/?sig=abc&x=/.default", "x" * 5000 + "/.default"),
    ],
)
def test_anything_else_may_be_a_secret(value):
    setting = AppSetting.among("A", {"A": value})

    assert not is_scope(value)
    assert (None, True) == (setting.value, setting.holds_other)


def test_the_digest_tells_any_change_and_not_the_order():
    one = {"A": "1", "B": None}

    assert digest(one) == digest({"B": None, "A": "1"})
    assert 1 == len({digest(one)} - {digest(each) for each in ({"A": "1"}, {"A": "1", "B": ""})})


@pytest.mark.parametrize("name", ["INTEGRATION_SCOPE", "_x", "Api.Scope", "AZURE_API_SCOPE"])
def test_a_name_that_only_code_reads_is_taken(name):
    assert name == checked_name(name)


@pytest.mark.parametrize("name", ["IDENTITY_HEADER", "Website_Hostname", "azure_client_id", "Path"])
def test_a_name_that_somebody_else_reads_is_refused_with_the_reader(name):
    with pytest.raises(BadRequest, match="uses this name"):
        checked_name(name)


@pytest.mark.parametrize("value", ["hunter2hunter2/.default", "a/b/.default", "x:y/.default"])
def test_a_word_that_is_no_address_and_no_id_may_be_a_secret(value):
    assert not is_scope(value)


@pytest.mark.parametrize(
    "name",
    [
        *("LD_AUDIT", "PYTHONUSERBASE", "JAVA_TOOL_X", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS"),
        *("CORECLR_PROFILER", "COMPlus_X", "DOTNET_X", "ASPNETCORE_X", "NODE_PATH", "PERL5LIB"),
        *("RUBYOPT", "BASH_ENV", "ENV", "IFS", "GIT_SSH_COMMAND"),
    ],
)
def test_a_name_that_makes_a_runtime_load_something_is_refused(name):
    with pytest.raises(BadRequest, match="uses this name"):
        checked_name(name)

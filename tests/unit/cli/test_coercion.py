import subprocess
import sys

import pytest

from miwire.cli.main import main


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["version", "-o", "xml"], "Invalid value for '--output'"),
        (["probe", "x", "--expect", "many"], "Invalid value for '--expect'"),
        (["probe", "x", "--expect", "99"], "Invalid value for '--expect'"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_as_typer_does(capsys, words, told):
    assert 2 == main(words)

    assert told in capsys.readouterr().err


@pytest.mark.parametrize("words", [["version", "-o", "json"], ["decode-token", "x"]])
def test_plain_values_take_no_pydantic(words):
    script = (
        "import sys\n"
        "from miwire.cli.main import main\n"
        f"main({words!r})\n"
        "sys.exit('pydantic' in sys.modules)"
    )

    assert 0 == subprocess.run([sys.executable, "-c", script], check=False).returncode

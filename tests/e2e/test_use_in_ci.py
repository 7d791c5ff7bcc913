"""docs/how-to/use-in-ci.md, as somebody who copies from it runs it."""

import re
import socket
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "use-in-ci.md"
FILES = dict(
    re.findall(
        r"^```python\n# ([\w.]+)\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
)
(SCRIPT,) = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def test_the_tests_of_the_page_pass(shell, tmp_path):
    for name in ("conftest.py", "test_who_gets_in.py"):
        (tmp_path / name).write_text(FILES[name], encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env=shell.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert "2 passed" in ended.stdout, ended.stdout + ended.stderr
    assert 0 == ended.returncode


def test_the_test_of_the_page_has_ten_lines_at_most():
    lines = [line for line in FILES["test_who_gets_in.py"].splitlines() if line]

    assert len(lines) <= 10


def test_the_program_of_the_page_sees_who_calls(lab, miwire, protected, tmp_path):
    (tmp_path / "own.py").write_text(FILES["own.py"], encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    url = lab.url("integration")
    seen = "miwire lab exec core -- miwire probe"
    script = SCRIPT.replace("8000", port)
    assert seen in script
    ask = f'curl -s -H "Authorization: Bearer $TOKEN" -H "X-MS-CLIENT-PRINCIPAL-ID: me" {url}\n'
    audience = protected["registration"]["identifierUris"][0]
    token = lab.identity_token(audience, lab.inside("core"))
    ended = subprocess.run(
        ["bash", "-eu", "-c", script.replace("kill", f"{ask}kill")],
        cwd=tmp_path,
        env={**miwire.environment, "URL": url, "TOKEN": token, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    oid = next(each["principalId"] for each in protected["allowed"] if each["name"] == "core")

    assert 0 == ended.returncode, ended.stderr
    assert ended.stdout.endswith(oid)

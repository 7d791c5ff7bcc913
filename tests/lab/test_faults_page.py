"""docs/how-to/inject-faults.md: the lab takes every configuration in it, and its blocks run."""

import json
import os
import re
import ssl
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from miwire.lab import launcher
from miwire.lab.faults.config import NAMES
from miwire.lab.faults.rules import Effect

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "inject-faults.md").read_text(encoding="utf-8")
CONFIGS = [json.loads(text) for text in re.findall(r"^inject '(.*?)'", PAGE, re.MULTILINE)]


def test_the_lab_takes_every_configuration_on_the_page(lab):
    for config in CONFIGS:
        assert config.items() <= lab.faults(config).items()


def test_the_page_has_a_call_for_every_switch():
    shown = {name for config in CONFIGS for name in config}
    effects = {
        name
        for config in CONFIGS
        for rule in config.get("rules", [])
        for name in rule["effect"]
        if name not in {"headers", "body"}
    }

    assert {*NAMES} - {"seed"} == shown
    assert len(effects) == len(Effect.__args__)


def test_the_blocks_of_the_page_run(lab, tmp_path):
    script = "\n".join(re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(
        ["sh", "-eu", "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PATH": path, "MIWIRE_LAB": str(lab.info.state_dir)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert json.loads((tmp_path / "requests.json").read_text())["requests"]


def test_a_lab_takes_its_seed_from_the_command_that_starts_it(tmp_path):
    state_dir = tmp_path / "state"
    miwire = [sys.executable, "-m", "miwire", "lab"]
    environment = {**os.environ, "MIWIRE_LAB": str(state_dir)}
    try:
        subprocess.run([*miwire, "up", "--seed", "42"], env=environment, check=True)
        info = launcher.running(state_dir)
        seeds = [
            launcher.asked(info, "GET", "faults")["seed"],
            launcher.asked(info, "POST", "faults", {})["seed"],
            launcher.asked(info, "POST", "faults", {"seed": 1})["seed"],
        ]
        launcher.asked(info, "POST", "reset", {})
        seeds.append(launcher.asked(info, "GET", "faults")["seed"])
        again = subprocess.run(
            [*miwire, "up", "--seed", "43"], env=environment, capture_output=True, check=False
        )
    finally:
        launcher.stop(state_dir)

    assert [42, 42, 1, 42] == seeds
    assert 2 == again.returncode
    assert b"its seed is unchanged" in again.stderr


@pytest.mark.parametrize("effect", [{"hang": "before"}, {"delay": 60}], ids=["hang", "delay"])
def test_a_lab_ends_cleanly_while_requests_wait(tmp_path, effect):
    state_dir = tmp_path / "state"
    info, _ = launcher.start(state_dir)
    log = (state_dir / "lab.log").open("rb")
    context = ssl.create_default_context(cafile=str(state_dir / "ca.pem"))
    with (
        log,
        httpx.Client(verify=context, trust_env=False) as http,
        ThreadPoolExecutor(1) as pool,
    ):
        rules = [{"service": "entra", "effect": effect}]
        launcher.asked(info, "POST", "faults", {"rules": rules})
        asked = pool.submit(http.get, info.services["entra"])
        while not asked.running():
            time.sleep(0.02)
        time.sleep(0.2)
        launcher.stop(state_dir)
        asked.exception(5)

        assert b"Traceback" not in log.read()

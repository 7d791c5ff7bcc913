"""Which app gets which port when more apps were created than there are ports."""

import pytest

from miwire.lab.state.ports import AppPort, AppPorts, NoPortLeft


@pytest.fixture
def ports():
    return AppPorts([AppPort(1), AppPort(2)])


def test_an_app_keeps_its_port_whether_it_is_present_or_not(ports):
    first = ports.of("/sites/Core", ())

    assert first is ports.of("/sites/core", ())


def test_the_newest_app_that_is_gone_gives_up_its_port(ports):
    core, staging = (ports.of(each, ()) for each in ("/sites/core", "/sites/core/slots/staging"))

    assert staging is ports.of("/sites/other", {"/sites/core"})
    assert core is ports.of("/sites/core", ())


def test_an_app_that_is_there_gives_up_nothing(ports):
    present = {"/sites/core", "/sites/integration"}
    for each in present:
        ports.of(each, ())

    with pytest.raises(NoPortLeft):
        ports.of("/sites/other", present)

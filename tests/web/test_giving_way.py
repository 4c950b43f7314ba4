"""Kernels of whoever asks for much run after everybody else's."""

import os
import subprocess

import pytest

from portal_lib.web.giving_way import give_way


@pytest.fixture
def process():
    process = subprocess.Popen(["/bin/sleep", "60"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def nice(process):
    return os.getpriority(os.PRIO_PROCESS, process)


def test_a_process_gives_way_to_those_of_whoever_started_it(process):
    give_way(process.pid, 3)
    assert nice(process.pid) == min(19, nice(0) + 3)


def test_one_that_gives_way_further_already_stays_so(process):
    give_way(process.pid, 5)
    give_way(process.pid, 2)
    assert nice(process.pid) == min(19, nice(0) + 5)


def test_one_that_has_ended_does_nothing():
    ended = subprocess.Popen(["/bin/true"], start_new_session=True)
    ended.wait()
    give_way(ended.pid, 10)

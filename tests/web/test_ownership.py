"""A kernel is its visitor's; for anybody else it is not there."""

from types import SimpleNamespace

import pytest

from portal_lib.web.ownership import Owners, OwnKernelsOnly


@pytest.fixture
def owners():
    owners = Owners()
    owners.add("k-1", "c-anna")
    owners.add("k-2", "c-anna")
    owners.add("k-3", "c-bruno")
    return owners


def asks(owners, name, kernel_id, action="execute", resource="kernels"):
    authorizer = OwnKernelsOnly()
    authorizer.owners = owners
    handler = SimpleNamespace(path_kwargs={"kernel_id": kernel_id})
    return authorizer.is_authorized(handler, SimpleNamespace(username=name), action, resource)


def test_visitors_attach_to_their_own_kernels(owners):
    assert asks(owners, "c-anna", "k-1") and asks(owners, "c-anna", "k-1", action="read")


def test_anothers_kernel_and_one_that_never_was_get_the_same_answer(owners):
    assert asks(owners, "c-bruno", "k-1") is asks(owners, "c-bruno", "k-9") is False


@pytest.mark.parametrize("action", ["write", "delete", ""])
def test_not_even_the_owner_may_do_more_than_read_and_attach(owners, action):
    assert not asks(owners, "c-anna", "k-1", action=action)


@pytest.mark.parametrize("resource", ["contents", "terminals", "sessions", "api", "kernelspecs", None])
def test_no_other_part_of_the_jupyter_api_answers_anybody(owners, resource):
    assert not asks(owners, "c-anna", "k-1", resource=resource)


def test_an_ended_kernel_is_nobodys(owners):
    owners.remove("k-1")
    assert not asks(owners, "c-anna", "k-1")
    assert owners.kernels_of("c-anna") == ["k-2"]

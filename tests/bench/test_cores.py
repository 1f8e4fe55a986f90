"""What is measured runs on cores of its own (bench/cores.py)."""

import os

import pytest

from bench.cores import cores_of_their_own, sharing


@pytest.fixture
def cores(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Four cores, whatever the machine has."""
    ours = {2, 3, 5, 7}
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: set(ours))

    def keep(pid: int, cores: "set[int] | list[int]") -> None:
        ours.clear()
        ours.update(cores)

    monkeypatch.setattr("os.sched_setaffinity", keep)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    return ours


def test_it_gives_each_process_a_core_and_keeps_the_rest(cores: set[int]) -> None:
    with cores_of_their_own(2) as own:
        assert own == [["taskset", "-c", "2"], ["taskset", "-c", "3"]]
        assert cores == {5, 7}
    assert cores == {2, 3, 5, 7}


def test_it_keeps_one_core_for_all_else(cores: set[int]) -> None:
    with cores_of_their_own(5) as own:
        assert [words[-1] for words in own] == ["2", "3", "5", "2", "3"]
        assert cores == {7}


def test_it_leaves_all_as_it_is_for_none(cores: set[int]) -> None:
    with cores_of_their_own(0) as own:
        assert own == []
        assert cores == {2, 3, 5, 7}


def test_it_tells_that_processes_share_cores(cores: set[int]) -> None:
    assert sharing(3) == []
    assert sharing(4) == ["4 workers share 3 core(s) here, and would do more with one each."]


@pytest.mark.parametrize("processes", [1, 3])
def test_it_shares_the_only_core(cores: set[int], processes: int) -> None:
    os.sched_setaffinity(0, {2})
    with cores_of_their_own(processes) as own:
        assert own == [[]] * processes
    assert len(sharing(processes)) == (processes > 1)

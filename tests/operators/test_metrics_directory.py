"""The numbers of many processes: added up while they live, kept when they have ended, in files that do not grow."""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from launcher.environment import ROOT
from operators import metrics_directory

PROGRAM = """
import os, sys
from pathlib import Path
from operators import metrics_directory
metrics_directory.share({"NAME": sys.argv[1]}, fallback=Path(sys.argv[2]))
from prometheus_client import Counter, Gauge, Histogram
count = Counter("finito_test", "Test.", ["kind"])
open_ = Gauge("finito_open", "Test.", multiprocess_mode="livesum")
up = Gauge("finito_up", "Test.", multiprocess_mode="livemin")
seconds = Histogram("finito_seconds", "Test.", buckets=(1, 10))
up.set(1)
print(os.environ.get("PROMETHEUS_MULTIPROC_DIR"), flush=True)
for line in sys.stdin:
    exec(line)
    print("done", flush=True)
"""
Run = Callable[..., "Counting"]


class Counting:
    """A process that counts what it is told to."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.directory = self._answer()

    def do(self, code: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{code}\n")
        self.process.stdin.flush()
        assert self._answer() == "done"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def _answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Starts such a process; its temporary files lie in tmp_path."""
    started: list[subprocess.Popen[str]] = []

    def start(database: str = "one", **variables: str) -> Counting:
        command = [sys.executable, "-c", PROGRAM, database, str(tmp_path / "fallback")]
        environment = {"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path), **variables}
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True))
        return Counting(started[-1])

    (tmp_path / "fallback").mkdir()
    yield start
    for process in started:
        process.kill()
        process.communicate()


def values(process: Counting) -> dict[str, float]:
    found = metrics_directory.read(Path(process.directory))
    samples = [sample for metric in found for sample in metric.samples]
    return {" ".join([sample.name, *sample.labels.values()]): sample.value for sample in samples}


def files(process: Counting) -> set[str]:
    return {file.name for file in Path(process.directory).iterdir()}


def test_it_adds_up_the_living(run: Run) -> None:
    one, two = run(), run()
    one.do("count.labels('a').inc(2); open_.inc(3); seconds.observe(5)")
    two.do("count.labels('a').inc(); open_.inc(); up.set(0)")
    found = values(one)
    assert (found["finito_test_total a"], found["finito_open"], found["finito_up"]) == (3, 4, 0)
    assert (found["finito_seconds_bucket 1.0"], found["finito_seconds_count"]) == (0, 1)


@pytest.mark.parametrize("times", [1, 3])
def test_it_keeps_what_the_dead_have_counted_and_forgets_their_gauges(run: Run, times: int) -> None:
    one = run()
    for _ in range(times):
        two = run()
        two.do("count.labels('a').inc(2); seconds.observe(5); open_.inc(); up.set(0)")
        two.kill()
        values(one)
    found = values(one)
    assert (found["finito_test_total a"], found["finito_open"], found["finito_up"]) == (2 * times, 0, 1)
    assert (found["finito_seconds_bucket 10.0"], found["finito_seconds_sum"]) == (times, 5 * times)


def test_it_does_not_grow_with_each_process_that_ends(run: Run) -> None:
    """Nobody looks at the page: each start tidies up."""
    for _ in range(4):
        run().kill()
    one = run()
    living = {name for name in files(one) if f"{one.process.pid}-" in name}
    assert files(one) - living == {"lock", "counter_ended.db", "histogram_ended.db"}
    assert len(living) == 5


def test_it_keeps_installations_apart(run: Run) -> None:
    one, other = run("one"), run("another")
    one.do("count.labels('a').inc()")
    assert one.directory != other.directory
    assert "finito_test_total a" not in values(other)
    assert Path(one.directory).stat().st_mode & 0o777 == 0o700


@contextmanager
def held(directory: str) -> Iterator[None]:
    with (Path(directory) / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def test_it_waits_for_nobody_who_hangs(run: Run) -> None:
    one = run()
    one.do("count.labels('a').inc()")
    with held(one.directory):
        began = time.monotonic()
        two = run()
        two.do("count.labels('a').inc()")
        assert values(one)["finito_test_total a"] == 2
        assert time.monotonic() - began < 10


def test_it_survives_a_file_that_was_cut_off(run: Run) -> None:
    one, two = run(), run()
    two.do("count.labels('a').inc()")
    two.kill()
    (broken,) = Path(two.directory).glob(f"counter_{two.process.pid}-*.db")
    broken.write_bytes(broken.read_bytes()[:20])
    one.do("count.labels('b').inc()")
    assert values(one)["finito_test_total b"] == 1


def test_it_counts_for_a_forked_child_apart(run: Run) -> None:
    one = run()
    one.do("count.labels('a').inc()")
    one.do("pid = os.fork(); pid or (count.labels('a').inc(), open_.inc(), os._exit(0)); os.waitpid(pid, 0)")
    one.do("count.labels('a').inc()")
    found = values(one)
    assert (found["finito_test_total a"], found["finito_open"]) == (3, 0)


@pytest.mark.parametrize("kind", ["open to all", "a link", "a file"])
def test_it_takes_no_directory_that_another_may_have_prepared(run: Run, tmp_path: Path, kind: str) -> None:
    place = Path(run().directory)
    place.rename(tmp_path / "moved")
    if kind == "open to all":
        place.mkdir(mode=0o755)
    elif kind == "a link":
        place.symlink_to(tmp_path / "moved")
    else:
        place.touch()
    one = run()
    one.do("count.labels('a').inc()")
    assert Path(one.directory) == tmp_path / "fallback" / place.name
    assert values(one)["finito_test_total a"] == 1


def test_it_counts_alone_where_there_is_no_room(run: Run, tmp_path: Path) -> None:
    place = run().directory
    Path(place).rename(tmp_path / "moved")
    Path(place).touch()
    (tmp_path / "fallback").rmdir()
    one = run()
    one.do("count.labels('a').inc()")
    assert one.directory == "None"


@pytest.mark.parametrize("place", ["file/below", "file", "/proc/none"])
def test_it_counts_alone_where_the_operators_directory_cannot_be_had(run: Run, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    one = run(PROMETHEUS_MULTIPROC_DIR=str(tmp_path / place))
    assert one.directory == "None"
    one.do("count.labels('a').inc(2); from prometheus_client import REGISTRY")
    one.do("assert REGISTRY.get_sample_value('finito_test_total', {'kind': 'a'}) == 2")
    assert not list(tmp_path.glob("**/*.db"))


def test_it_tidies_the_operators_directory_also_without_a_token(tmp_path: Path) -> None:
    """The library counts in files as soon as the variable is set, whether the metrics are shown or not."""
    environment = {"PATH": os.environ["PATH"], "DEBUG": "0", "SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "finito.example"}
    environment |= {"DATABASE_URL": f"sqlite:///{tmp_path / 'db'}", "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for _ in range(3):
        program = "import finito.settings, realtime.metrics"
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, check=True, timeout=60)
    assert {file.name for file in tmp_path.glob("*ended.db")} == {"counter_ended.db", "histogram_ended.db"}
    assert len(list(tmp_path.glob("*.alive"))) == 1

"""The Redis user of docs/deploy.md: it may do what Finito needs, and nothing else."""

import re
from pathlib import Path

import redis

from finito.run_environment import ROOT
from tests.live import Stack

RULES = re.search(r"ACL SETUSER finito (.+)", (ROOT / "docs" / "deploy.md").read_text())


def test_it_runs_as_the_user_of_the_documentation(tmp_path: Path) -> None:
    assert RULES is not None
    stack = Stack(tmp_path)
    stack.commands["redis"] += ["--user", "finito", *RULES[1].split()]
    stack.environment["REDIS_URL"] = stack.redis_url.replace("//", "//finito:PASSWORD@")
    with stack, redis.Redis.from_url(stack.redis_url) as default:
        ann = stack.sign_in("ann")
        ann.connect("ann@gmail.example")
        with ann.stream(web=1) as stream:
            stream.wait_for("ready")
            stack.simulator.deliver("ann@gmail.example")
            stream.wait_for("message.added")
        assert ann.get("/readyz").json()["redis"] == "ok"
        assert default.acl_log() == []  # nothing was refused
        allowed = default.acl_getuser("finito")
        assert (allowed["keys"], allowed["channels"]) == ([], ["&finito*"])

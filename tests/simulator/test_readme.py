"""The simulator's README names all that is there, and nothing else."""

import re
from dataclasses import fields
from pathlib import Path

from starlette.routing import Route

from simulator.app import ROUTES
from simulator.faults import Fault
from simulator.options import parse_options
from simulator.supabase.policy import POLICIES
from simulator.supabase.project import Settings

README = (Path(__file__).resolve().parents[2] / "simulator" / "README.md").read_text()


def test_it_names_every_option() -> None:
    options = {f"--{name.replace('_', '-')}" for name in vars(parse_options([]))}
    assert options == set(re.findall(r"^\| `(--[a-z-]+)", README, re.MULTILINE))


def test_it_names_every_control_endpoint() -> None:
    routes = {
        f"{verb} {route.path}"
        for route in ROUTES
        if isinstance(route, Route) and route.path.startswith("/sim/")
        for verb in (route.methods or set()) - {"HEAD"}
    }
    assert routes == set(re.findall(r"^\| `((?:GET|POST|DELETE) /sim/[^` ]*)", README, re.MULTILINE))


def test_it_names_every_field_of_a_fault() -> None:
    named = set(re.findall(r"^\| `([a-z_]+)` \|", README.split("### Faults")[1], re.MULTILINE))
    assert {field.name for field in fields(Fault)} - {"id"} <= named


def test_it_names_every_setting_of_supabase() -> None:
    section = README.split("## Supabase Realtime")[1]
    assert {field.name for field in fields(Settings)} | set(POLICIES) <= set(re.findall(r"[a-z_]+", section))

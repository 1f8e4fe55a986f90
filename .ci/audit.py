"""Looks up requirements.lock among the known vulnerabilities (pip-audit, PyPI's vulnerability service).

Exit 1 if there is one. What could not be looked up is said aloud and fails nothing: a mirror of PyPI has no such
service. pip-audit has an environment of its own, so that what it needs is not among what is tested.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "var" / "pip-audit"
TOOL = HOME / "bin" / "pip-audit"
OPTIONS = ["--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off", "--timeout", "15"]


def install() -> bool:
    """Whether pip-audit is there."""
    if not TOOL.exists():
        made = subprocess.run([sys.executable, "-m", "venv", HOME], check=False).returncode == 0
        pip = [str(HOME / "bin" / "pip"), "install", "-q", "--disable-pip-version-check", "pip-audit~=2.10.1"]
        return made and subprocess.run(pip, check=False, stdout=subprocess.DEVNULL).returncode == 0
    return True


def judge(report: str) -> tuple[int, list[str]]:
    """The exit code, and what to say of pip-audit's report (its JSON; empty where the service did not answer)."""
    try:
        packages = json.loads(report)["dependencies"]
    except ValueError:
        return 0, ["SKIPPED: the look-up of known vulnerabilities, since PyPI's service does not answer"]
    lines = [
        f"{package['name']} {package['version']}: {found['id']}, mended in {found['fix_versions'] or 'none'}"
        for package in packages
        for found in package.get("vulns", [])
    ]
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    if unknown:
        names = f": {', '.join(unknown)}" if len(unknown) < 9 else ""
        lines.append(f"SKIPPED: {len(unknown)} of {len(packages)} packages, which the index cannot look up{names}")
    return int(len(lines) > bool(unknown)), lines or [f"{len(packages)} packages, no known vulnerability."]


def main() -> int:
    """Install pip-audit where it is missing, ask, and say what it found."""
    if not install():
        print("SKIPPED: the look-up of known vulnerabilities, since pip-audit cannot be installed (see above)")
        return 0
    asked = subprocess.run(
        [TOOL, "-r", ROOT / "requirements.lock", *OPTIONS], capture_output=True, text=True, check=False
    )
    code, lines = judge(asked.stdout)
    print(*lines, sep="\n")
    return code


if __name__ == "__main__":
    sys.exit(main())

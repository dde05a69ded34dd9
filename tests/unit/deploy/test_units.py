"""The units, accounts and udev rules, each judged by the tool that will read it."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cloud.__main__ import app as cloud_program
from edge.__main__ import cli as edge_program
from tests.processes import installed

EDGE_UNITS = sorted(Path("firmware-config/systemd").glob("*.service"))
CLOUD_UNITS = sorted(Path("deploy/systemd").glob("*.service")) + sorted(Path("deploy/systemd").glob("*.target"))
SYSUSERS = [Path("firmware-config/sysusers/sealgate.conf"), Path("deploy/systemd/sealgate-cloud.sysusers")]
EXPOSURE_MAX = 2.5  # systemd's own scale: 0 is sealed off, 10 is open
RULE = re.compile(r'^([A-Z]+(\{\w+\})?(==|!=|=|\+=|:=)"[^"]*"(, |$))+$')


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A file system as after installation: this machine's own units, ours, and something to execute."""
    shutil.copytree("/usr/lib/systemd/system", tmp_path / "usr/lib/systemd/system", symlinks=True)
    units = tmp_path / "etc/systemd/system"
    units.mkdir(parents=True)
    for unit in EDGE_UNITS + CLOUD_UNITS:
        shutil.copy(unit, units)
    for name in (
        "opt/sealgate/bin/sealgate-edge",
        "opt/sealgate/bin/sealgate-cloud",
        "usr/bin/cage",
        "usr/bin/chromium",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy("/bin/true", tmp_path / name)
    return tmp_path


def analyse(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [installed("systemd-analyze", "systemd"), f"--root={root}", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "unit", [*(path.name for path in EDGE_UNITS), "sealgate.target", "sealgate-cloud@ingest.service"]
)
def test_systemd_accepts_the_unit(root: Path, unit: str) -> None:
    verdict = analyse(root, "verify", "--man=no", unit)
    ours = [line for line in verdict.stderr.splitlines() if "sealgate" in line]
    assert (verdict.returncode, ours) == (0, [])


DROP_IN = Path("firmware-config/systemd/sealgate-edge.service.d/gpio.conf")


def test_systemd_accepts_the_drop_in_for_lamps_on_pins_and_the_service_stays_sealed_off(root: Path) -> None:
    folder = root / "etc/systemd/system/sealgate-edge.service.d"
    folder.mkdir()
    shutil.copy(DROP_IN, folder)
    verdict = analyse(root, "verify", "--man=no", "sealgate-edge.service")
    assert (verdict.returncode, [line for line in verdict.stderr.splitlines() if "sealgate" in line]) == (0, [])
    limit = f"--threshold={EXPOSURE_MAX * 10:.0f}"
    judged = analyse(root, "security", "--offline=true", limit, "--no-pager", "sealgate-edge.service")
    assert judged.returncode == 0, judged.stdout[-2000:]


def test_systemd_would_refuse_a_misspelt_setting(root: Path) -> None:
    unit = root / "etc/systemd/system/sealgate-edge.service"
    unit.write_text(unit.read_text().replace("WatchdogSec=30", "WatchdogSecs=30"))
    assert "WatchdogSecs" in analyse(root, "verify", "--man=no", unit.name).stderr


@pytest.mark.parametrize("unit", ["sealgate-edge.service", "sealgate-cloud@web.service"])
def test_the_service_is_well_sealed_off(root: Path, unit: str) -> None:
    judged = analyse(root, "security", "--offline=true", f"--threshold={EXPOSURE_MAX * 10:.0f}", "--no-pager", unit)
    assert judged.returncode == 0, judged.stdout[-2000:]


def test_the_agent_comes_back_and_is_watched() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(Path("firmware-config/systemd/sealgate-edge.service"))
    assert unit["Service"]["Type"] == "notify"
    assert unit["Service"]["Restart"] == "always"
    assert int(unit["Service"]["WatchdogSec"]) > 0
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"
    assert "network-online.target" not in unit["Unit"]["After"]


def test_the_agent_may_ask_whether_the_clock_is_in_step() -> None:
    """ntp_adjtime(3) is what `edge.clock` asks; it is in @clock, which ProtectClock= and @system-service leave out."""
    unit = Path("firmware-config/systemd/sealgate-edge.service").read_text()
    filters = re.findall(r"^SystemCallFilter=(.*)$", unit, flags=re.MULTILINE)
    assert filters[-1].split() == ["adjtimex", "clock_adjtime", "clock_adjtime64"]
    assert "ProtectClock=no" in unit
    assert "CapabilityBoundingSet=\n" in unit


@pytest.mark.parametrize("path", SYSUSERS, ids=lambda path: path.name)
def test_systemd_accepts_the_accounts(path: Path) -> None:
    command = [installed("systemd-sysusers", "systemd"), "--dry-run", str(path.absolute())]
    verdict = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "sealgate" in verdict.stdout + verdict.stderr
    assert not re.search(r"unknown|invalid|failed", verdict.stderr, flags=re.IGNORECASE)


def test_udev_rules_are_well_formed() -> None:
    """`udevadm verify` where this systemd has it (254 and later); the grammar of a rule everywhere."""
    rules = Path("firmware-config/udev/70-sealgate.rules")
    lines = [line for line in rules.read_text().splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if not RULE.match(line)] == []
    udevadm = installed("udevadm", "udev")
    if "verify" in subprocess.run([udevadm, "--help"], capture_output=True, text=True, check=True).stdout:
        subprocess.run([udevadm, "verify", "--resolve-names=never", str(rules)], check=True)


def test_the_units_name_the_accounts_that_are_made() -> None:
    made = set(re.findall(r"^u (\S+)", "\n".join(path.read_text() for path in SYSUSERS), flags=re.MULTILINE))
    used = {
        user for unit in EDGE_UNITS + CLOUD_UNITS for user in re.findall(r"^User=(\S+)", unit.read_text(), re.MULTILINE)
    }
    assert used == made


def test_the_kernel_leaves_the_readers_alone() -> None:
    blocked = Path("firmware-config/modprobe/sealgate-nfc.conf").read_text()
    assert {"blacklist pn533_usb", "blacklist port100"} <= set(blocked.splitlines())


def commands() -> set[str]:
    texts = [unit.read_text() for unit in EDGE_UNITS + CLOUD_UNITS]
    asked = re.findall(r"^ExecStart=/opt/sealgate/bin/(sealgate-\w+ \S+ --config)", "\n".join(texts), re.MULTILINE)
    instances = re.findall(r"sealgate-cloud@(\w+)\.service", Path("deploy/systemd/sealgate.target").read_text())
    return {command.replace("%i", instance) for command in asked for instance in instances}


@pytest.mark.parametrize("command", sorted(commands()))
def test_the_programs_know_what_the_units_ask_for(command: str) -> None:
    name, verb, option = command.split()
    program = edge_program if name == "sealgate-edge" else cloud_program
    answer = CliRunner().invoke(program, [verb, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"})
    assert answer.exit_code == 0, answer.output
    assert option in answer.output

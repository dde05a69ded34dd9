"""Every state machine of the registry: whole, drawn, and held against its service by a property test."""

from pathlib import Path

import pytest

from docs.generator import diagrams

PROPERTY = Path(__file__).parents[2] / "property"
MACHINES = diagrams.machines()
EACH = pytest.mark.parametrize("name", sorted(MACHINES))


def states_and_steps(machine):
    (state, step), _ = next(iter(machine.table.items()))
    return set(type(state)), set(type(step))


def test_every_module_of_lifecycles_holds_a_machine() -> None:
    package = Path(diagrams.lifecycles.__path__[0])
    assert {path.stem for path in package.glob("[a-z]*.py")} - {"machine"} == set(MACHINES)


@EACH
def test_every_state_can_be_reached_and_every_step_taken(name) -> None:
    machine = MACHINES[name]
    states, steps = states_and_steps(machine)
    reached, before = {machine.initial}, set()
    while reached != before:
        before = set(reached)
        reached |= {after for (state, _), after in machine.table.items() if state in before}
    assert reached == states
    assert {step for _, step in machine.table} == steps


@EACH
def test_what_the_table_does_not_name_is_forbidden(name) -> None:
    machine = MACHINES[name]
    states, steps = states_and_steps(machine)
    for state in states:
        for step in steps:
            assert machine.next(state, step) == machine.table.get((state, step))


@EACH
def test_its_diagram_shows_every_step(name) -> None:
    drawn = "\n".join(diagrams.machine(MACHINES[name]))
    for (state, step), after in MACHINES[name].table.items():
        (line,) = [line for line in drawn.splitlines() if line.startswith(f"    {state} --> {after} :")]
        assert step in line.split(" : ")[1].split("<br>")


@EACH
def test_a_property_test_holds_it_against_its_service(name) -> None:
    assert (PROPERTY / f"test_life_{name}.py").is_file()

"""How data sets of all kinds are read; each kind was read wrongly by some version of some tool."""

import random
from dataclasses import replace

import pytest

from tests.datasets.reading.layouts import read_known
from tests.datasets.reading.listings import accounted
from tl_core.datasets.bringing.checks import check_plan
from tl_core.datasets.reading.choices import LIKELY, Choices, counts, places
from tl_core.datasets.reading.plans import Plan
from tl_core.datasets.reading.reader import read_layout
from tl_core.errors import DatasetRefused

KNOWN = read_known()
READ = [name for name, known in KNOWN.items() if not known.refusal]
REFUSED = [name for name, known in KNOWN.items() if known.refusal]


@pytest.mark.parametrize("name", READ)
def test_a_data_set_is_read_as_a_careful_person_reads_it(name):
    known = KNOWN[name]
    layout = read_layout(known.listing())
    reading = layout.plan.reading()
    found = {
        one: ", ".join(f"{part or 'any'} {n}" for part, n in sorted(parts.items()))
        for one, parts in counts(layout.plan, LIKELY).items()
    }
    assert found == known.classes
    assert tuple(one.key for one in layout.plan.readings) == known.keys
    assert reading.outer == known.facts.get("outer", "")
    groups = {place.group for place in places(layout, LIKELY).values()} - {""}
    assert len(groups) == int(known.facts.get("groups", 0))
    assert len(reading.warnings) == int(known.facts.get("warnings", 0))


@pytest.mark.parametrize("name", READ)
def test_what_is_left_out_is_said_with_its_reason(name):
    plan = read_layout(KNOWN[name].listing()).plan
    told = [
        (one.sentence.template, one.count) for one in (*plan.reading().left_out, *plan.left_out)
    ]
    for template, count in KNOWN[name].left_out.items():
        assert [n for said, n in told if said.startswith(template)] == [count]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_set_of_labelled_photos_is_refused_as_what_it_is(name):
    with pytest.raises(DatasetRefused) as refused:
        alone(read_layout(KNOWN[name].listing()))
    assert refused.value.sentence.template.startswith(KNOWN[name].refusal)


def alone(layout):
    """Refuse what makes no dataset by itself, as an import does."""
    check_plan(layout.plan, LIKELY)


@pytest.mark.parametrize("name", READ)
def test_every_file_is_accounted_for_once_in_every_reading(name):
    found = KNOWN[name].listing()
    layout = read_layout(found)
    for reading in layout.plan.readings:
        assert accounted(layout, reading) == layout.plan.files == len(found.files)
        members = [one for cell in layout.members[reading.key] for one in cell]
        assert len(members) == len(set(members)) == sum(cell.count for cell in reading.cells)


@pytest.mark.parametrize("name", READ)
def test_the_order_of_the_files_does_not_matter(name):
    found = KNOWN[name].listing()
    shuffled = list(found.files)
    random.Random(1).shuffle(shuffled)
    assert read_layout(replace(found, files=tuple(shuffled))) == read_layout(found)


@pytest.mark.parametrize("name", READ)
def test_a_plan_survives_json_and_agrees_with_the_places(name):
    layout = read_layout(KNOWN[name].listing())
    assert Plan.from_json(layout.plan.to_json()) == layout.plan
    for reading in layout.plan.readings:
        chosen = Choices(reading=reading.key)
        total = sum(n for parts in counts(layout.plan, chosen).values() for n in parts.values())
        assert len(places(layout, chosen)) == total > 0

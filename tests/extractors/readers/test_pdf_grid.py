"""Cells between rulings, beside those that pdfplumber finds between them."""

from hypothesis import given, settings
from hypothesis import strategies as st
from pdfplumber import table as finder

from extractors.readers.pdf_grid import MIN_LENGTH, grids

SNAP = 3  # points, pdfplumber's default

steps = st.integers(min_value=0, max_value=6).map(lambda step: 20.0 * step)
rulings = st.lists(
    st.one_of(
        st.builds(lambda x, y, long: (x, y, x + long, y), steps, steps, steps),
        st.builds(lambda x, y, long: (x, y, x, y + long + 1), steps, steps, steps),
    ),
    max_size=24,
)


def by_pdfplumber(boxes):
    edges = [
        {
            "x0": x0,
            "x1": x1,
            "top": top,
            "bottom": bottom,
            "width": x1 - x0,
            "height": bottom - top,
            "object_type": "line",
            "orientation": "h" if x1 - x0 >= bottom - top else "v",
        }
        for x0, top, x1, bottom in boxes
    ]
    merged = finder.merge_edges(edges, SNAP, SNAP, SNAP, SNAP)
    long = [edge for edge in merged if max(edge["x1"] - edge["x0"], edge["bottom"] - edge["top"]) >= MIN_LENGTH]
    crossings = finder.edges_to_intersections(long, SNAP, SNAP)
    return finder.cells_to_tables(finder.intersections_to_cells(crossings))


def test_a_grid_of_four_rules_and_one_between_has_two_cells():
    boxes = [(0, 0, 100, 0), (0, 40, 100, 40), (0, 0, 0, 40), (60, 0, 60, 40), (100, 0, 100, 40)]
    assert grids(boxes) == [[(0, 0, 60, 40), (60, 0, 100, 40)]]


def test_rules_that_nearly_meet_are_one_grid():
    boxes = [(0, 0, 49, 0), (51, 1, 100, 1), (0, 40, 100, 40), (0, 2, 0, 40), (60, 0, 60, 38), (100, 0, 100, 40)]
    assert [len(cells) for cells in grids(boxes)] == [2]


@given(rulings)
@settings(max_examples=300, deadline=None)
def test_the_cells_are_those_of_pdfplumber(boxes):
    across = sum(x1 - x0 >= bottom - top for x0, top, x1, bottom in boxes)
    found = [set(cells) for cells in grids(boxes)]
    if min(across, len(boxes) - across) < 2:
        assert found == []
    else:
        assert found == [set(cells) for cells in by_pdfplumber(boxes)]

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.geography import distance
from imgmeta.core.reports.places import PlaceCount, PlaceGrid, PlaceTally


def tally(capacity: int, positions: list[tuple[float, float]]) -> PlaceGrid:
    places = PlaceTally(capacity)
    for latitude, longitude in positions:
        places.add(latitude, longitude)
    return places.grid()


def test_cells_with_most_images_are_first() -> None:
    munich, sydney = (48.14, 11.6), (-33.86, 151.2)

    assert tally(500, [sydney, munich, munich]) == PlaceGrid(
        (PlaceCount(48.15, 11.62, 2), PlaceCount(-33.85, 151.16, 1)), 10
    )


def test_no_position_has_no_cells() -> None:
    assert tally(500, []) == PlaceGrid((), 10)


@pytest.mark.parametrize(
    ("rows", "kilometers"), [(20, 10), (30, 20), (60, 50), (130, 100)], ids=str
)
def test_many_places_are_counted_in_larger_cells(rows: int, kilometers: int) -> None:
    positions = [(north / 10, east / 10) for north in range(rows) for east in range(rows)]
    grid = tally(500, positions)

    assert grid.kilometers == kilometers
    assert len(grid.cells) <= 500
    assert sum(cell.number for cell in grid.cells) == rows * rows


def test_places_all_over_the_world_fit_into_the_largest_cells() -> None:
    positions = [
        (float(north), float(east)) for north in range(-89, 90) for east in range(-179, 180)
    ]
    grid = tally(500, positions)

    assert grid.kilometers == 1000
    assert sum(cell.number for cell in grid.cells) == len(positions)


@given(st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=1, max_size=30))
def test_every_position_is_near_its_cell(positions: list[tuple[float, float]]) -> None:
    grid = tally(500, positions)

    assert sum(cell.number for cell in grid.cells) == len(positions)
    for latitude, longitude in positions:
        nearest = min(
            distance(latitude, longitude, cell.latitude, cell.longitude) for cell in grid.cells
        )
        assert nearest < 10

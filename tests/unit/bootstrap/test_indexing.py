from pathlib import Path

import pytest

from imgmeta.bootstrap import open_indexer, open_repository, parse_target
from imgmeta.config import Settings
from imgmeta.core.gps import GpsPolicy
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.outcomes import Outcome
from imgmeta.core.targets import LOCAL_BUCKET


def key(path: Path) -> str:
    return path.resolve().as_posix().removeprefix("/")


def test_local_files_with_the_suffixes_of_the_settings_are_indexed(
    folder: Path, tmp_path: Path
) -> None:
    settings = Settings(suffixes=frozenset({"jpg"}))
    with open_repository(f"sqlite:///{tmp_path}/index.db") as repository:
        outcomes = list(open_indexer(settings, repository).sync(parse_target(str(folder))))

        assert [(o.location, o.outcome) for o in outcomes] == [
            (ObjectLocation(LOCAL_BUCKET, key(folder / "a.jpg")), Outcome.FAILED)
        ]
        assert repository.get(outcomes[0].location.image_id) == outcomes[0].record


def test_gps_policy_of_the_settings_applies(tmp_path: Path) -> None:
    photo = Path(__file__).parents[3] / "examples/photos/lighthouse.jpg"
    latitudes: dict[GpsPolicy, float | None] = {}
    for policy in GpsPolicy:
        with open_repository(f"sqlite:///{tmp_path}/{policy}.db") as repository:
            indexer = open_indexer(Settings(gps_policy=policy), repository)
            outcome = indexer.reprocess(parse_target(str(photo)).location)
            assert outcome.record
            latitudes[policy] = outcome.record.latitude

    assert latitudes == {
        GpsPolicy.KEEP: pytest.approx(54.679, abs=1e-6),
        GpsPolicy.ROUND: 54.68,
        GpsPolicy.DROP: None,
    }


def test_every_write_has_its_own_revision(folder: Path, tmp_path: Path) -> None:
    with open_repository(f"sqlite:///{tmp_path}/index.db") as repository:
        indexer = open_indexer(Settings(), repository)
        location = parse_target(str(folder / "a.jpg")).location
        records = [indexer.reprocess(location).record for _ in range(3)]

    assert len({record.revision for record in records if record}) == 3

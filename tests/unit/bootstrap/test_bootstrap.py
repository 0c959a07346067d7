import errno
import os
from pathlib import Path

import pytest

from imgmeta.bootstrap import open_indexer, open_repository, parse_target
from imgmeta.config import DynamoDBTable, Settings, SQLiteFile
from imgmeta.core.gps import GpsPolicy
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.outcomes import Outcome
from imgmeta.core.targets import LOCAL_BUCKET, Target
from imgmeta.errors import ConfigurationError

TEXT = b"This is a text file."


def key(path: Path) -> str:
    return path.resolve().as_posix().removeprefix("/")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(TEXT)
    (folder / "b.PNG").write_bytes(TEXT)
    (folder / "notes.txt").write_bytes(TEXT)
    return folder


class TestStore:
    def test_three_slashes_name_a_file_in_the_working_directory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)

        with open_repository("sqlite:///index.db"):
            assert (tmp_path / "index.db").is_file()

    def test_four_slashes_name_a_file_by_its_absolute_path(self, tmp_path: Path) -> None:
        with open_repository(f"sqlite:///{tmp_path}/index.db"):
            assert (tmp_path / "index.db").is_file()

    @pytest.mark.parametrize(
        "url",
        [
            *("", "index.db", "sqlite:", "sqlite://", "sqlite:///", "sqlite://index.db"),
            *("postgresql:///index.db", "SQLITE:///index.db", "file:///index.db", "/index.db"),
        ],
    )
    def test_invalid_store_is_rejected_with_an_example(self, url: str) -> None:
        with pytest.raises(ConfigurationError, match=r"sqlite:///imgmeta\.db"):
            open_repository(url)

    def test_invalid_store_is_escaped_in_the_error(self) -> None:
        with pytest.raises(ConfigurationError) as caught:
            open_repository("\x1b[2J\n://")

        assert str(caught.value).isprintable()

    def test_store_value_is_accepted_in_place_of_a_url(self, tmp_path: Path) -> None:
        with open_repository(SQLiteFile(f"{tmp_path}/index.db")):
            assert (tmp_path / "index.db").is_file()

    def test_invalid_table_name_is_rejected(self) -> None:
        with pytest.raises(ConfigurationError, match="invalid table name 'a'"):
            open_repository(DynamoDBTable("a"))

    def test_missing_index_is_not_created_if_it_must_exist(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError):
            open_repository(f"sqlite:///{tmp_path}/index.db", must_exist=True)

        assert list(tmp_path.iterdir()) == []


class TestTarget:
    def test_folder_means_every_key_below_it(self, folder: Path) -> None:
        expected = Target(LOCAL_BUCKET, f"{key(folder)}/")

        assert parse_target(str(folder)) == expected
        assert parse_target(f"{folder}/") == expected
        assert parse_target(f"file://{folder}") == expected

    def test_file_means_its_own_key(self, folder: Path) -> None:
        path = folder / "a.jpg"
        expected = Target(LOCAL_BUCKET, key(path), exact=True)

        assert parse_target(str(path)) == expected
        assert parse_target(f"file://{path}") == expected

    def test_relative_path_starts_in_the_working_directory(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(folder)

        assert parse_target(".") == Target(LOCAL_BUCKET, f"{key(folder)}/")
        assert parse_target("a.jpg") == Target(LOCAL_BUCKET, key(folder / "a.jpg"), exact=True)

    def test_root_folder_means_every_key(self) -> None:
        assert parse_target("/") == Target(LOCAL_BUCKET, "")

    def test_dangling_link_is_accepted(self, folder: Path) -> None:
        link = folder / "link.jpg"
        link.symlink_to(folder / "gone.jpg")

        assert parse_target(str(link)) == Target(
            LOCAL_BUCKET, key(folder) + "/link.jpg", exact=True
        )

    @pytest.mark.parametrize("name", ["gone", "gone.jpg", "gone/", "a.jpg/b.jpg", "a\0.jpg"])
    def test_missing_path_is_rejected(self, folder: Path, name: str) -> None:
        with pytest.raises(ConfigurationError, match="does not exist"):
            parse_target(f"{folder}/{name}")

    @pytest.mark.parametrize("text", ["", "file://"])
    def test_empty_path_is_rejected(self, text: str) -> None:
        with pytest.raises(ConfigurationError, match="the path is empty"):
            parse_target(text, must_exist=False)

    def test_unreadable_path_is_not_reported_as_missing(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def deny(path: str) -> None:
            raise PermissionError(errno.EACCES, "Permission denied", path)

        monkeypatch.setattr(os, "lstat", deny)
        with pytest.raises(ConfigurationError, match="permission denied for"):
            parse_target(f"{folder}/a.jpg")

    def test_missing_path_is_accepted_if_it_need_not_exist(self, folder: Path) -> None:
        assert parse_target(f"{folder}/gone.jpg", must_exist=False) == Target(
            LOCAL_BUCKET, key(folder / "gone.jpg"), exact=True
        )
        assert parse_target(f"{folder}/gone/", must_exist=False) == Target(
            LOCAL_BUCKET, key(folder / "gone") + "/"
        )

    @pytest.mark.parametrize("text", ["gs://holiday/2026/", "https://example.com/a.jpg"])
    def test_unsupported_scheme_is_rejected_with_examples(self, text: str) -> None:
        with pytest.raises(ConfigurationError, match=text.partition("/")[0]) as error:
            parse_target(text)
        assert "use a folder, a file or s3://bucket/prefix" in str(error.value)

    @pytest.mark.parametrize(
        ("text", "bucket", "prefix"),
        [
            *(("s3://holiday", "holiday", ""), ("s3://holiday/", "holiday", "")),
            *(("S3://holiday/2026", "holiday", "2026"), ("s3://holiday/a/b/", "holiday", "a/b/")),
            ("s3://my.old_Bucket-1//a%20b+c?d#e é\n", "my.old_Bucket-1", "/a%20b+c?d#e é\n"),
        ],
    )
    @pytest.mark.parametrize("must_exist", [True, False])
    def test_s3_uri_means_the_keys_with_its_prefix(
        self, text: str, bucket: str, prefix: str, *, must_exist: bool
    ) -> None:
        assert parse_target(text, must_exist=must_exist) == Target(bucket, prefix)

    @pytest.mark.parametrize(
        "name",
        [
            *("", "/", "/a.jpg", "ab", "ab/c", "-abc", ".abc", "a b c", "abc\n", "büro", "a" * 256),
            *("arn:aws:s3:eu-west-1:111122223333:accesspoint/x", "hol\x1b[2J/", "a:b:c"),
        ],
    )
    def test_invalid_bucket_is_rejected_with_an_example(self, name: str) -> None:
        with pytest.raises(ConfigurationError, match="use a URI like s3://holiday") as error:
            parse_target(f"s3://{name}")
        assert str(error.value).isprintable()

    def test_key_that_is_not_utf8_is_rejected(self) -> None:
        with pytest.raises(ConfigurationError, match=r"invalid key in 's3://holiday/\\udcff'"):
            parse_target("s3://holiday/\udcff")

    @pytest.mark.parametrize("text", ["\x1b[2J", "x\n\u202ey"])
    def test_path_is_escaped_in_the_error(self, text: str) -> None:
        with pytest.raises(ConfigurationError) as caught:
            parse_target(text)

        assert str(caught.value).isprintable()


class TestIndexer:
    def test_local_files_with_the_suffixes_of_the_settings_are_indexed(
        self, folder: Path, tmp_path: Path
    ) -> None:
        settings = Settings(suffixes=frozenset({"jpg"}))
        with open_repository(f"sqlite:///{tmp_path}/index.db") as repository:
            outcomes = list(open_indexer(settings, repository).sync(parse_target(str(folder))))

            assert [(o.location, o.outcome) for o in outcomes] == [
                (ObjectLocation(LOCAL_BUCKET, key(folder / "a.jpg")), Outcome.FAILED)
            ]
            assert repository.get(outcomes[0].location.image_id) == outcomes[0].record

    def test_gps_policy_of_the_settings_applies(self, tmp_path: Path) -> None:
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

    def test_every_write_has_its_own_revision(self, folder: Path, tmp_path: Path) -> None:
        with open_repository(f"sqlite:///{tmp_path}/index.db") as repository:
            indexer = open_indexer(Settings(), repository)
            location = parse_target(str(folder / "a.jpg")).location
            records = [indexer.reprocess(location).record for _ in range(3)]

        assert len({record.revision for record in records if record}) == 3

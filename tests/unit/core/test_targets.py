import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.targets import IMAGE_SUFFIXES, Target, is_web_url, outermost, suffix_filter

RAW = "cr2 cr3 nef nrw arw sr2 dng orf rw2 raf pef srw 3fr iiq"


@pytest.mark.parametrize("suffix", [*RAW.split(), "jxl"])
def test_raw_files_and_jpeg_xl_are_indexed_by_default(suffix: str) -> None:
    is_indexed = suffix_filter(IMAGE_SUFFIXES)

    assert is_indexed(f"2026/photo.{suffix}")
    assert is_indexed(f"2026/PHOTO.{suffix.upper()}")


@pytest.mark.parametrize("key", ["photo.xmp", "photo.nef.xmp", "movie.crm", "nef", "photo.nef "])
def test_sidecars_and_movies_are_not_indexed_by_default(key: str) -> None:
    assert not suffix_filter(IMAGE_SUFFIXES)(key)


def test_outermost_targets_have_each_folder_once_and_all_named_keys() -> None:
    folder, inner, key = Target("a", "x/"), Target("a", "x/y/"), Target("a", "x/1", exact=True)
    other, same_text = Target("b", "x/y/"), Target("a", "x/", exact=True)
    assert outermost([inner, folder, key, other, folder, key]) == [folder, key, other]
    assert outermost([inner, same_text]) == [inner, same_text]


TARGETS = st.builds(
    Target, st.sampled_from("ab"), st.text("xy/\U0001f4f7", max_size=4), st.booleans()
)


@given(st.lists(TARGETS, max_size=12))
def test_outermost_targets_omit_exactly_what_another_one_covers(targets: list[Target]) -> None:
    def is_covered(target: Target) -> bool:
        return not target.exact and any(
            not other.exact
            and other.bucket == target.bucket
            and other.prefix != target.prefix
            and target.prefix.startswith(other.prefix)
            for other in targets
        )

    unique = list(dict.fromkeys(targets))
    assert outermost(targets) == [each for each in unique if not is_covered(each)]


def test_web_urls_are_http_and_https_in_any_case() -> None:
    assert is_web_url("https://example.com/a.jpg")
    assert is_web_url("HTTP://example.com")
    assert not any(map(is_web_url, ["http:a.jpg", "s3://https://a", "https", "/https://a"]))

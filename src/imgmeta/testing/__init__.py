"""Contract suites and Hypothesis strategies for people who write adapters.

`imgmeta.testing.contracts` has a class of tests for each port, and `imgmeta.testing.strategies`
strategies for the values of imgmeta. docs/adapters.md shows their use. Requires the extra
`testing`.
"""

try:
    import hypothesis as _  # noqa: F401 - checks that it is installed
    import pytest
except ModuleNotFoundError as error:
    _message = "imgmeta.testing requires pytest and Hypothesis: pip install 'imgmeta[testing]'"
    raise ModuleNotFoundError(_message, name=error.name) from error

# pytest explains a failed assertion only in modules that it rewrites at import.
pytest.register_assert_rewrite("imgmeta.testing.contracts", "imgmeta.testing.byte_sources")

"""The tests that run the code blocks of pages, apart from the generic ones."""

__all__ = ["RUN_BY"]

_RUNS = "test_blocks_of_the_page_run_and_print_what_it_shows"
_ON_SERVICE = "test_service_of_the_page_responds_with_what_it_shows"
_IN_PROGRAMS = "test_blocks_of_the_page_on_other_programs_run"

_GUIDES: dict[str, dict[str, str]] = {
    "data-model.md": {"console": _RUNS, "python": _RUNS},
    "headers.md": {"console": _RUNS},
    "how-to/datasette-duckdb.md": dict.fromkeys(("console", "python", "sh", "sql"), _IN_PROGRAMS),
    "how-to/fastapi.md": dict.fromkeys(
        ("console", "python", "sh"), f"TestServicePage::{_ON_SERVICE}"
    ),
    "how-to/privacy.md": {"console": _RUNS, "sh": _RUNS},
    "how-to/upgrading.md": {"console": _RUNS, "sh": _RUNS, "sql": _RUNS},
    "tutorial.md": {"console": _RUNS, "python": _RUNS},
}
_GUIDES_ON_AWS: dict[str, dict[str, str]] = {
    "how-to/backfill.md": {"console": _RUNS},
    "how-to/existing-bucket.md": {"console": _RUNS, "sh": _RUNS},
    "how-to/replay.md": {"console": _RUNS},
    "tutorial-aws.md": {"console": _RUNS, "sh": _RUNS},
}

RUN_BY: dict[str, tuple[str, dict[str, str]]] = {
    "README.md": (
        "integration/test_readme",
        {
            "console": "test_console_blocks_show_actual_output",
            "python": "test_python_block_runs",
            "sh": "test_console_blocks_show_actual_output",
        },
    ),
    "docs/adapters.md": (
        "integration/test_adapters_page",
        dict.fromkeys(("python", "toml"), "test_code_of_the_page_is_the_file_of_the_example"),
    ),
    "docs/cli.md": (
        "integration/test_cli_page",
        {
            "console": "test_dead_letters_are_shown_as_on_the_page",
            "json": "test_job_is_printed_as_on_the_page",
            "text": "test_help_blocks_in_docs_cli_md_are_current",
        },
    ),
    "docs/export.md": (
        "integration/test_export_page",
        {
            "console": "test_command_of_the_page_runs",
            "python": "test_code_for_another_program_runs",
            "sh": "test_code_for_another_program_runs",
        },
    ),
    **{f"docs/{name}": ("integration/test_guides", tests) for name, tests in _GUIDES.items()},
    **{f"docs/{name}": ("e2e/test_guides", tests) for name, tests in _GUIDES_ON_AWS.items()},
    "docs/library.md": ("integration/test_library_page", {"python": "test_code_of_the_page_runs"}),
    "docs/migrating.md": (
        "integration/test_migrating_page",
        {"sh": "test_commands_of_the_page_migrate_the_stack_without_a_lost_record"},
    ),
    "docs/plugins.md": (
        "integration/test_plugins_page",
        dict.fromkeys(("python", "sh", "toml"), "test_commands_use_the_plugins_of_the_page"),
    ),
    "docs/querying.md": (
        "integration/test_querying_page",
        {"python": "test_python_code_of_the_page_runs"},
    ),
    "docs/sqlite.md": (
        "integration/test_sqlite_page",
        {
            "console": "test_commands_of_the_page_read_the_file",
            "python": "test_pandas_reads_the_file_as_on_the_page",
            "sql": "test_query_of_the_page_finds_what_it_says",
        },
    ),
}
"""The module in `tests` that runs the blocks of a page, and its test for each language."""

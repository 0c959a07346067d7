"""The tests that run the code blocks of pages, apart from the generic ones."""

__all__ = ["ON_STACKS", "RUN_BY", "RUN_ELSEWHERE"]

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
_OPERATING: dict[str, dict[str, str]] = {
    "deploy.md": dict.fromkeys(
        ("console", "sh"), "test_deployment_page_shows_what_its_commands_print"
    ),
    "migrating.md": dict.fromkeys(
        ("console", "sh"), "test_commands_of_the_page_migrate_the_original_stack_completely"
    ),
    "package.md": {"console": "test_package_page_deploys_a_stack_without_imgmeta"},
    "runbook.md": {"console": "test_runbook_shows_what_its_commands_print"},
    "scaling.md": dict.fromkeys(
        ("console", "sh"), "test_scaling_page_shows_what_its_commands_print"
    ),
}
_GUIDES_ON_AWS: dict[str, dict[str, str]] = {
    "how-to/backfill.md": {"console": _RUNS},
    "how-to/existing-bucket.md": {"console": _RUNS, "sh": _RUNS},
    "how-to/replay.md": {"console": _RUNS, "sh": _RUNS},
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
    **{f"docs/{name}": ("e2e/test_operating_pages", tests) for name, tests in _OPERATING.items()},
    "docs/library.md": ("integration/test_library_page", {"python": "test_code_of_the_page_runs"}),
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

_ON_A_STACK = ("e2e/test_operating_pages", "test_blocks_of_other_pages_run_on_a_stack")
_IN_GUIDES = ("e2e/test_guides", _RUNS)

ON_STACKS: dict[str, dict[str, tuple[str, str]]] = {
    "docs/cli.md": {"$ imgmeta verify --stack-name photos": _ON_A_STACK},
    "docs/index.md": {"imgmeta sync s3://holiday/2026/ --store holiday.db": _ON_A_STACK},
    "docs/report.md": {"$ imgmeta report -o photos.html --stack-name photos": _ON_A_STACK},
    "docs/template.md": {"imgmeta status --stack-name photos --stack-output QueueUrl": _ON_A_STACK},
    "docs/how-to/privacy.md": {
        "imgmeta deploy --stack-name photos --parameter GpsPolicy=round --yes": _IN_GUIDES
    },
    "docs/how-to/upgrading.md": {"imgmeta deploy --stack-name photos --yes": _IN_GUIDES},
}
"""The module and the test of blocks on AWS in pages whose other blocks need none, by first line."""

_INSTALLATION = "the index has no release yet; the session build installs the wheel with its extras"
_REQUIREMENTS = "the session installs these requirements before the test runs the rest of the page"

RUN_ELSEWHERE: dict[str, dict[str, str]] = {
    "README.md": {
        "pip install --quiet '.[cli]' && imgmeta sync examples/photos && imgmeta stats": (
            "test_console_blocks_show_actual_output runs its commands of imgmeta"
        ),
        "pip install --quiet nox && nox": ".ci/run runs this block",
        "imgmeta sync s3://holiday/2026/ --store holiday.db --profile work": (
            "examples with the reader's own bucket, profile and photos; the parser checks them"
        ),
    },
    "docs/adapters.md": {
        "pip install -e '.[test]' 'imgmeta[cli]'": "the session build runs it with the wheel: "
        "test_commands_of_the_adapters_page_use_the_installed_store"
    },
    "docs/how-to/datasette-duckdb.md": {
        "pip install --quiet datasette": _REQUIREMENTS,
        "pip install --quiet duckdb": _REQUIREMENTS,
    },
    "docs/how-to/fastapi.md": {
        "pip install --quiet '.[cli]' ./examples/service": _REQUIREMENTS,
    },
    "docs/how-to/upgrading.md": {"pip install --upgrade 'imgmeta[all]'": _INSTALLATION},
    "docs/index.md": {"pip install 'imgmeta[cli]'": _INSTALLATION},
    "docs/performance/faults.md": {"nox -s fuzz": "runs for many minutes; it is a session of nox"},
    "docs/report.md": {"pip install 'imgmeta[cli,report]'": _INSTALLATION},
    "docs/scaling.md": {
        "$ imgmeta batch-job s3://holiday --stack-name photos": "the emulator has no S3 Batch "
        "Operations: test_page_shows_what_the_job_prints has another server"
    },
    "docs/tutorial.md": {
        "python3 -m venv .venv": "the session build runs it: "
        "test_tutorial_installs_the_command_from_the_sdist"
    },
    "docs/tutorial-aws.md": {
        "python3.13 -m venv .emulator && .emulator/bin/pip install --quiet ministack cfnresponse": (
            _REQUIREMENTS
        )
    },
    "docs/windows.md": {r"imgmeta sync C:\Users\me\Pictures": "needs Windows"},
}
"""Why the tests of a page do not run a block, by first line. A new block needs a reason here.

Benchmarks in docs/performance need no reason: see `test_benchmark_of_the_page_runs`.
"""

"""Benchmarks: `python -m tests.bench`. They print a table and assert nothing; docs/BENCHMARKS.md says what is in each figure."""

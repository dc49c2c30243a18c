"""The benchmarks: `python -m tests.bench` measures and writes docs/benchmarks.md.

Each part is a program of its own (`python -m tests.bench.files ...`), so that one part's memory is not another's; it
prints what it measured as one JSON object.
"""

"""Made-up records: lives as in an agency's caseload, clean or with flaws, the same for the same seed.

Nothing here reads or writes the database but `det.demo.store`.
"""

from det.demo.caseload import make_records

__all__ = ["make_records"]

"""Identifiers that can belong to nobody: birth dates to come, and synthetic numbers."""

#: CPR numbers with a birth date in 2057.
DANES = [f"dk-cpr:010157{n:04d}" for n in range(5_000, 5_020)]
#: Fødselsnummer with month + 80.
NORWEGIANS = [f"no-fnr:018170{rest}" for rest in ("10055", "10136", "10217", "10489", "10640", "10721")]
ORGANISATION = "no-orgnr:991825827"

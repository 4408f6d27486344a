"""Consents as a row names them: what keeps one from being evidence."""

from datetime import datetime

from ingest.errors import Code, Problem
from postal import rules
from postal.letters import Letter
from postal.senders import Regime, Sender
from postal.times import local_time


def missing_evidence(letter: Letter, sender: Sender, now: datetime) -> list[Problem]:
    """Why a letter will be rejected for want of a documented consent; nothing where it will not."""
    if sender.regime is not Regime.DK_PRIVATE or not letter.recipient:
        return []
    named = {"consent": letter.consent, "consent_at": letter.consent_at}
    missing = [Problem(Code.VALUE_MISSING, column) for column, value in named.items() if not value]
    return missing or problems_of(letter.consent, letter.consent_at, sender, now)


def problems_of(terms_id: str, consent_at: str, sender: Sender, now: datetime) -> list[Problem]:
    """What is wrong with a consent.

    Args:
        terms_id: the terms that it names; empty where that is told otherwise.
        consent_at: when it was given, as `postal.times` writes it; empty where that is told otherwise.
        sender: whose terms they are.
        now: after which nobody can have consented.
    """
    terms = sender.terms_with_id(terms_id)
    if terms is None:
        known = ", ".join(terms.id for terms in sender.terms) or "-"
        return [Problem(Code.CONSENT_TERMS_UNKNOWN, "consent", {"choices": known})] if terms_id else []
    if consent_at and rules.accepted_terms(sender, terms_id, consent_at, now) is None:
        since = local_time(terms.valid_from, sender.country)
        return [Problem(Code.CONSENT_OUT_OF_TIME, "consent_at", {"since": since})]
    return []

"""The nouns of Komainu: frozen values with no behaviour beyond their own meaning, on the standard library alone."""

from komainu.domain.action import Action
from komainu.domain.appeal import Appeal, Outcome
from komainu.domain.call import Call
from komainu.domain.certificate import Certificate, Lapse, Warrants
from komainu.domain.claim import Claim
from komainu.domain.content import Content, Role, Span
from komainu.domain.decision import Decision, StageRun
from komainu.domain.editions import Editions, GovernedRulebook
from komainu.domain.label import Label
from komainu.domain.opinion import Abstention, Opinion, Reason, Verdict
from komainu.domain.policy import AllowedClause, Clause, Definition, ExactRules, Policy, Targets
from komainu.domain.review import Review
from komainu.domain.rulebook import Rulebook
from komainu.domain.ruling import Ruling
from komainu.domain.standing import Standing
from komainu.domain.step import State, Step, StepKind
from komainu.domain.trace import Trace

__all__ = [
    "Abstention",
    "Action",
    "AllowedClause",
    "Appeal",
    "Call",
    "Certificate",
    "Claim",
    "Clause",
    "Content",
    "Decision",
    "Definition",
    "Editions",
    "ExactRules",
    "GovernedRulebook",
    "Label",
    "Lapse",
    "Opinion",
    "Outcome",
    "Policy",
    "Reason",
    "Review",
    "Role",
    "Rulebook",
    "Ruling",
    "Span",
    "StageRun",
    "Standing",
    "State",
    "Step",
    "StepKind",
    "Targets",
    "Trace",
    "Verdict",
    "Warrants",
]

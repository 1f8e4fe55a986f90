"""Differences of labels, without a database."""

from hypothesis import given
from hypothesis import strategies as st

from gmail_sync.acting.difference import Difference
from gmail_sync.acting.taking import together
from gmail_sync.models import LabelAction

LABEL = st.sampled_from(["INBOX", "SPAM", "TRASH", "UNREAD", "STARRED", "Label_1"])
LABELS = st.frozensets(LABEL)


@st.composite
def differences(draw: st.DrawFn) -> Difference:
    add = draw(LABELS)
    return Difference(add, draw(LABELS) - add)


@given(differences(), LABELS)
def test_it_may_be_repeated(difference: Difference, labels: frozenset[str]) -> None:
    once = difference.applied_to(labels)
    assert difference.applied_to(once) == once


@given(differences(), LABELS)
def test_the_inverse_of_its_effect_takes_it_back(difference: Difference, labels: frozenset[str]) -> None:
    effect = difference.effect_on(labels)
    assert effect.applied_to(labels) == difference.applied_to(labels)
    assert effect.inverse().applied_to(difference.applied_to(labels)) == labels


@given(differences(), differences(), LABELS)
def test_those_on_different_labels_commute(one: Difference, other: Difference, labels: frozenset[str]) -> None:
    if (one.add | one.remove).isdisjoint(other.add | other.remove):
        assert one.applied_to(other.applied_to(labels)) == other.applied_to(one.applied_to(labels))


def test_neighbours_go_together_up_to_a_thousand_messages() -> None:
    many = [LabelAction(remove=["INBOX"], message_ids=[str(n)] * 400) for n in range(3)]
    other = LabelAction(add=["STARRED"], message_ids=["1"])
    undo = LabelAction(undoes_id=1, message_ids=["1"])
    assert together(many) == many[:2]
    assert together([many[0], other, many[1]]) == many[:1]
    assert together([undo, undo]) == [undo]
    assert together([]) == []

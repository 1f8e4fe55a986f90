"""What each of many people in one room is told."""

from realtime.presence.scenes import MOST_PEOPLE, Member, Page, Scene


class Name(str):
    """A name that counts how often it is put in order."""

    ordered = 0

    def casefold(self) -> str:
        Name.ordered += 1
        return super().casefold()


def room_of(count: int) -> Scene:
    members = {pk: Member(Name(f"user {pk:03}"), False, {"page": Page("viewing")}) for pk in range(count)}
    members[0].pages["page"] = Page("idle")
    return Scene("mailbox.1", 1, False, members)


def test_each_is_told_twenty_others_those_first_who_are_awake() -> None:
    for count in (MOST_PEOPLE, MOST_PEOPLE + 1, MOST_PEOPLE + 2):
        scene = room_of(count)
        for user_id in scene.members:
            others = [pk for pk in [*range(1, count), 0] if pk != user_id]
            assert [person["id"] for person in scene.payload_for(user_id)["people"]] == others[:MOST_PEOPLE]


def test_all_are_put_in_order_once() -> None:
    scene = room_of(200)
    Name.ordered = 0
    for user_id in scene.members:
        scene.payload_for(user_id)
    assert Name.ordered == 200

"""Every order of things that Hypothesis can think of, in the world of world.py; and the same with one rule taken out of
the code, which the machine must find. Only then has a machine that finds nothing shown something."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from slides.live import control, protocol
from slides.live.state import TalkState
from tests.factories import make_deck, make_talk, make_user
from tests.live.world import Broken, Browsers, Process, World, lanes_stand_still

SLIDES = 6
tablets = st.integers(0, 1)
clients = st.integers(0, 4)
processes = st.integers(0, 1)
places = st.integers(0, 1000)


class Machine(RuleBasedStateMachine):
    """What may happen next. Each rule is one small step, so that anything can come between any two."""

    world_class = World
    browsers = deck = drivers = None  # the test fills them in

    @initialize(seats=st.sampled_from([1, 2, 2]), all_in=st.sampled_from([True, True, False]))
    def begin(self, seats, all_in):
        ada, bob = self.drivers
        talk = make_talk(self.deck)
        talk.copresenters.add(bob)
        self.world = self.world_class(self.browsers, talk, [ada, ada if seats == 1 else bob])
        for client in self.world.clients:
            self.world.connect(client, self.world.processes[client.number % 2])
        if all_in:
            self.world.calm()

    def connections(self, wanted):
        return [one for process in self.world.processes for one in process.connections if wanted(one)]

    def one(self, place, wanted):
        found = self.connections(wanted)
        return found[place % len(found)] if found else None

    # People

    @rule(who=tablets, by=st.sampled_from([1, 1, 1, -1, 2]), arrives=st.booleans())
    def press(self, who, by, arrives):
        tablet = self.world.tablets[who]
        at = tablet.at["slide"] if tablet.at else 1
        tablet.hear("goto", min(max(1, at + by), SLIDES))
        self._arrive(tablet, arrives)

    @rule(
        who=tablets,
        does=st.sampled_from(["take", "take", "blank", "offer", "accept", "decline"]),
        arrives=st.booleans(),
    )
    def order(self, who, does, arrives):
        tablet, other = self.world.tablets[who], self.world.tablets[1 - who]
        tablet.hear(does, *{"blank": ["black"], "offer": [other.device.user_id]}.get(does, []))
        self._arrive(tablet, arrives)

    def _arrive(self, tablet, arrives):
        """What it has said is taken at once, as it mostly is; the answer still has its way to go."""
        connection = tablet.connection
        while arrives and connection and connection.socket and connection.up and not connection.working:
            connection.process.take(connection)
            connection.process.finish()

    @rule(who=tablets)
    def wait_in_vain(self, who):
        self.world.tablets[who].hear("pass", 2500)

    # The network

    @rule(place=places)
    def come_in(self, place):
        found = self.one(place, lambda one: one.socket is None)
        if found:
            found.process.let_in(found)

    @rule(place=places)
    def carry_up(self, place):
        found = self.one(place, lambda one: one.up and one.socket and not one.working)
        if found:
            found.process.take(found)

    @rule(place=places)
    def carry_down(self, place):
        found = self.one(place, lambda one: one.down)
        if found:
            found.let_down()

    @rule(where=processes)
    def carry_all(self, where):
        self.world.settle(self.world.processes[where])

    @rule(who=clients, where=processes)
    def connect_anew(self, who, where):
        self.world.connect(self.world.clients[who], self.world.processes[where])

    @rule(who=clients, known=st.booleans())
    def cut(self, who, known):
        self.world.lose(self.world.clients[who], known=known)

    @rule(place=places)
    def old_connection_is_noticed(self, place):
        found = self.one(place, lambda one: not one.heard)
        if found:
            found.process.forget(found)

    @rule(who=clients, place=places)
    def old_state_comes_again(self, who, place):
        client = self.world.clients[who]
        if client.states:
            client.hear("stray", client.states[place % len(client.states)])

    @rule(who=tablets, place=places)
    def old_command_comes_again(self, who, place):
        tablet = self.world.tablets[who]
        if tablet.said and tablet.connection:
            tablet.connection.up.append(tablet.said[place % len(tablet.said)])

    # The processes

    @rule(where=processes)
    def go_on(self, where):
        if self.world.processes[where].working:
            self.world.processes[where].go_on()

    @rule(where=processes)
    def turn(self, where):
        self.world.processes[where].loop.turn()

    @rule(where=processes)
    def look(self, where):
        self.world.processes[where].look()

    @rule(where=processes, place=places, kept=st.booleans(), heard=st.booleans())
    def bus_says(self, where, place, kept, heard):
        told = self.world.processes[where].told
        if told:
            told.rotate(-place)
            if heard:
                self.world.processes[where].hub.show(told[0])
            if not kept:
                told.popleft()

    @rule(where=processes, to=st.sampled_from(protocol.BLANKS))
    def page_covers(self, where, to):
        """A page may change a talk that has no room in its process."""
        process = self.world.processes[where]
        process.begin(process.obey(protocol.Command(protocol.BLANK, to=to), None), lambda _: None)

    @rule(where=processes)
    def crash(self, where):
        self.world.crash(self.world.processes[where])

    # Now and then everything comes to rest

    @rule()
    def calm(self):
        self.world.calm()

    def check_invariants(self, *args, **kwargs):
        super().check_invariants(*args, **kwargs)
        if hasattr(self, "world"):
            self.world.check()

    def teardown(self):
        if hasattr(self, "world"):
            self.world.calm()


@pytest.fixture
def run(db):
    """Runs the machine: `run(examples, steps)`."""
    browsers = []

    def run(examples, steps, *, world=World, machine=Machine, options=()):
        browsers.append(Browsers(*options))
        users = [make_user(), make_user()]
        facts = {"browsers": browsers[-1], "deck": make_deck(SLIDES), "drivers": users, "world_class": world}
        limits = settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize=True,
            print_blob=False,
            phases=[Phase.generate],
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        )
        with lanes_stand_still():
            run_state_machine_as_test(type("Machine", (machine,), facts), settings=limits)

    yield run
    for each in browsers:
        each.close()


def test_nothing_acknowledged_is_lost_nobody_goes_backwards_and_all_agree_in_the_end(run):
    run(examples=40, steps=40)


@pytest.mark.slow
def test_the_same_for_long(run):
    run(examples=1500, steps=80)


# One rule less, and the machine must notice


class AtTheDoor(Machine):
    """Only what has to do with coming in, which is then thought of sooner. At first nobody is there."""

    press = order = wait_in_vain = cut = look = calm = bus_says = carry_up = carry_down = None
    old_state_comes_again = old_command_comes_again = old_connection_is_noticed = None

    @initialize()
    def begin(self):
        talk = make_talk(self.deck)
        self.world = self.world_class(self.browsers, talk, self.drivers)


def broken(run, **how):
    with pytest.raises(Broken) as found:
        run(**{"examples": 400, "steps": 40, **how})
    return str(found.value).splitlines()[0]


class WithoutKeys(Process):
    """A command that comes again is a new one."""

    def obey(self, command, device):
        return super().obey(replace(command, ref=None), device)


class ReadThenJoined(Process):
    """Whoever comes in is shown what was read at the door."""

    def let_in(self, connection):
        super().let_in(connection)
        connection.read = connection.room.frame

    def knock(self, client):
        connection = super().knock(client)
        connection.read = None if connection.room is None else connection.room.frame
        return connection

    def join(self, connection):
        room = connection.room
        room.frame, newest = connection.read, room.frame
        super().join(connection)
        room.frame = newest


class WithoutMemoryForRoomsToCome(Process):
    """What found no room is not kept."""

    def let_in(self, connection):
        self.hub._early.clear()
        super().let_in(connection)


def in_world(process):
    return type("World", (World,), {"process_class": process})


def test_it_notices_a_missing_fence(run, monkeypatch):
    change = control.change

    def without_conditions(*args, **kwargs):
        changes, values, _, _ = change(*args, **kwargs)
        return changes, values, [], []

    monkeypatch.setattr(control, "change", without_conditions)

    assert broken(run) in {
        "Somebody without control moved the talk",
        "Somebody answered what was not offered",
        "The row's holder is not who took control",
    }


def test_it_notices_a_missing_idempotency_key(run):
    assert broken(run, world=in_world(WithoutKeys)) in {"Two answers to one command", "More changes than commands"}


def test_it_notices_who_reads_first_and_joins_then(run):
    assert broken(run, world=in_world(ReadThenJoined), machine=AtTheDoor, steps=12) == "A client did not converge"


@pytest.mark.slow
def test_it_notices_a_move_that_is_lost_because_its_room_was_being_opened(run):
    found = broken(run, world=in_world(WithoutMemoryForRoomsToCome), machine=AtTheDoor, examples=3000, steps=12)
    assert found == "A room is behind what its own process said"


def test_it_notices_a_client_that_takes_every_state(run):
    assert broken(run, options=["--take-every-state"]) == "A client went backwards"


def test_it_notices_a_process_that_takes_every_state(run, monkeypatch):
    monkeypatch.setattr(TalkState, "newer_than", lambda state, other: True)

    assert broken(run) == "A room went backwards"

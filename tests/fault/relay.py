"""relay: between worker, ingest and sink, on tcp: passes on what comes, until it is told to do otherwise.

    reset            both ends are ended with a reset
    cut in a frame   some bytes of what waits are passed on, then a reset
    dribble          one byte at a time
    one way          what comes from the one that called is not passed on, the other way it is
    half open        nothing is passed on, nothing is closed
    garble           bytes that nobody sent are put in between

Whoever heard garbled bytes may wait for the rest of a frame that never was: `garble`, `one way` and `half open` are to be followed by
`reset`, as time-outs of a real network do."""
import random
import select
import socket
import struct
import threading

import disturb
import harness

PLACES = ('work', 'results', 'receipts')
MODES = ('reset', 'cut in a frame', 'dribble', 'one way', 'half open', 'garble')
NEEDS_RESET = ('one way', 'half open', 'garble')
NO_LINGER = struct.pack('ii', 1, 0)  # SO_LINGER of no time


class Connection:
    """Two sockets and what is on its way between them."""

    def __init__(self, near, far):
        self.ends = (near, far)
        self.held = {near: b'', far: b''}  # to be sent to

    def other(self, end):
        return self.ends[1] if end is self.ends[0] else self.ends[0]


class Relay(threading.Thread):
    """Listens where a daemon would, and passes on to where it does. Its mode is what it does at the moment."""

    def __init__(self, target, chance):
        super().__init__(daemon=True)
        self.target, self.chance = target, random.Random(chance.random())
        self.mode, self.ending = 'pass', False
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.connections = []

    def wanted(self):
        """Sockets to wait for: where something is held back nothing more is read."""
        reading, writing = [self.listener], []
        for connection in self.connections:
            for end in connection.ends:
                held = connection.held[connection.other(end)]
                stalled = self.mode == 'half open' or (self.mode == 'one way' and end is connection.ends[0])
                if len(held) < 65536 and not stalled:
                    reading.append(end)
                if held and not stalled:
                    writing.append(connection.other(end))
        return reading, writing

    def run(self):
        while not self.ending:
            reading, writing = self.wanted()
            readable, writable, _ = select.select(reading, writing, [], 0.02)
            if self.listener in readable:
                self.accept()
            for connection in list(self.connections):
                self.serve(connection, readable, writable)

    def accept(self):
        near, _ = self.listener.accept()
        try:
            far = socket.create_connection(('127.0.0.1', self.target), 5)
        except OSError:
            near.close()
            return
        for end in (near, far):
            end.setblocking(False)
        self.connections.append(Connection(near, far))

    def serve(self, connection, readable, writable):
        try:
            for end in connection.ends:
                if end in readable:
                    came = end.recv(16384)
                    if not came:
                        raise ConnectionResetError
                    connection.held[connection.other(end)] += came
                if end in writable and connection.held[end]:
                    self.pass_on(connection, end)
            if self.mode == 'reset':
                raise ConnectionResetError
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            self.drop(connection)

    def pass_on(self, connection, end):
        held = connection.held[end]
        most = 1 if self.mode == 'dribble' else len(held)
        if self.mode == 'cut in a frame' and len(held) > 20:
            end.send(held[:self.chance.randrange(1, len(held))])
            raise ConnectionResetError
        if self.mode == 'garble':
            self.mode = 'pass'
            end.send(self.chance.randbytes(self.chance.randrange(1, 64)))
        sent = end.send(held[:most])
        connection.held[end] = held[sent:]

    def drop(self, connection):
        self.connections.remove(connection)
        for end in connection.ends:
            try:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            except OSError:
                pass
            end.close()


class Relayed(disturb.Disturbed):
    """Who listens has one port, who connects another: a relay is between."""

    def __init__(self, binaries, folder, chance, **named):
        super().__init__(binaries, folder, **named)
        first = harness.free_ports(len(PLACES))
        self.ports = {name: first + number for number, name in enumerate(PLACES)}
        self.relays = {name: Relay(self.ports[name], chance) for name in PLACES}
        self.kind = None
        for relay in self.relays.values():
            relay.start()

    def address(self, name):
        if name not in PLACES:
            return super().address(name)
        binds = self.kind == ('ingest' if name == 'work' else 'sink')
        return f'tcp://127.0.0.1:{self.ports[name] if binds else self.relays[name].port}'

    def command(self, kind):
        self.kind = kind
        return super().command(kind)

    def stop_all(self):
        for relay in self.relays.values():
            relay.mode = 'pass'
        super().stop_all()
        for relay in self.relays.values():
            relay.ending = True

    def disturb(self, name, mode, chance, longest_s):
        relay = self.relays[name]
        relay.mode = mode
        disturb.moment(chance, longest_s)
        if mode in NEEDS_RESET:
            relay.mode = 'reset'
            disturb.moment(chance, 0.1, 0.05)
        relay.mode = 'pass'
        self.faults[f'{mode}: {name}'] += 1

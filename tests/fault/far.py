#!/usr/bin/env python3
"""far: workers at the end of a line that takes its time: in a network namespace of their own, over tcp.

The line is two tun devices, one on each side, and a process that carries packets from one to the other, each so many
milliseconds after it came: what netem of tc does in kernels that have it, without need of that. Packets are those that a
card would be given (1,500 bytes, larger ones to be cut by it), order is kept, and what is more than a router would hold is lost.
"""
import collections
import fcntl
import os
import select
import struct
import subprocess
import sys
import time

import disturb

TUNSETIFF, TUNSETOFFLOAD = 0x400454CA, 0x400454D0
IFF_TUN, IFF_NO_PI, IFF_VNET_HDR = 0x0001, 0x1000, 0x4000
TUN_F_CSUM, TUN_F_TSO4 = 1, 2
PACKET_MAX = 65536 + 10
QUEUE_BYTES = 32 << 20


def end(name):
    """One end of the line, in the namespace of this process."""
    tun = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack('16sH', name.encode(), IFF_TUN | IFF_NO_PI | IFF_VNET_HDR))
    fcntl.ioctl(tun, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4)
    return tun


class Way:
    """One direction."""

    def __init__(self, source, target, delay_s):
        self.source, self.target, self.delay_s = source, target, delay_s
        self.packets, self.held = collections.deque(), 0

    def take(self, now):
        for _ in range(64):
            try:
                packet = os.read(self.source, PACKET_MAX)
            except BlockingIOError:
                return
            if self.held + len(packet) <= QUEUE_BYTES:
                self.packets.append((now + self.delay_s, packet))
                self.held += len(packet)

    def give(self, now):
        while self.packets and self.packets[0][0] <= now:
            _, packet = self.packets.popleft()
            self.held -= len(packet)
            try:
                os.write(self.target, packet)
            except OSError:
                pass  # the device is down or full: lost

    def wait_s(self, now):
        return max(self.packets[0][0] - now, 0) if self.packets else None


def carry(ends, delay_s):
    ways = [Way(ends[0], ends[1], delay_s), Way(ends[1], ends[0], delay_s)]
    while True:
        now = time.monotonic()
        waits = [wait for wait in (way.wait_s(now) for way in ways) if wait is not None]
        readable, _, _ = select.select(ends, [], [], min(waits, default=None))
        now = time.monotonic()
        for way in ways:
            if way.source in readable:
                way.take(now)
            way.give(now)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f'{" ".join(command)}: {done.stderr.strip()}')


class Line:
    """A line from here to a namespace of its own, so many milliseconds long each way. `number` tells it from others."""

    def __init__(self, delay_ms, number=0):
        self.place, near, far = f'far{number}', f'near{number}', f'cable{number}'
        self.near = f'10.78.{number}.1'
        run('ip', 'netns', 'add', self.place)
        self.process = subprocess.Popen([sys.executable, os.path.abspath(__file__), near, far, str(delay_ms)], stdout=subprocess.PIPE,
                                        preexec_fn=lambda: disturb.LIBC.prctl(disturb.PR_SET_PDEATHSIG, 9))
        if self.process.stdout.readline() != b'ready\n':
            raise RuntimeError('no tun device can be made')
        run('ip', 'link', 'set', far, 'netns', self.place)
        within = ('ip', '-n', self.place)
        for command in ((('ip', 'address', 'add', self.near + '/30', 'dev', near), ('ip', 'link', 'set', near, 'up'),
                         (*within, 'address', 'add', f'10.78.{number}.2/30', 'dev', far), (*within, 'link', 'set', far, 'up'),
                         (*within, 'link', 'set', 'lo', 'up'))):
            run(*command)

    def wrap(self):
        """What makes a command run at the far end."""
        return ['ip', 'netns', 'exec', self.place]

    def round_trip_ms(self):
        """Of a first connection to a port that nobody has: there, and its refusal back."""
        code = ('import socket, time\nbegan = time.monotonic()\ntry:\n    socket.create_connection(("%s", 9))\n'
                'except ConnectionRefusedError:\n    print((time.monotonic() - began) * 1e3)' % self.near)
        return float(subprocess.run([*self.wrap(), sys.executable, '-c', code], stdout=subprocess.PIPE, check=True).stdout)

    def end(self):
        self.process.kill()
        self.process.wait()


def lines(*delays_ms):
    """A line of each length, in a network of our own (this program begins anew in it); skips visibly where none can be made."""
    disturb.in_namespaces('--net', '--mount')
    refused = disturb.mount('tmpfs', '/run')
    if refused:
        disturb.skip(f'no tmpfs can be mounted: {refused}')
    try:
        run('ip', 'link', 'set', 'lo', 'up')
        return [Line(delay, number) for number, delay in enumerate(delays_ms)]
    except (RuntimeError, OSError) as error:
        disturb.skip(f'no network of our own can be made: {error}')


class FarWorkers(disturb.Disturbed):
    """Ingest and sink here, the workers at the end of a line, over tcp (wire `tcp`) or tcp with keys (`curve`)."""

    def __init__(self, *arguments, line, **named):
        self.line = line
        super().__init__(*arguments, **named)
        self.wraps = {'worker': line.wrap()}
        if self.wire == 'tcp':
            self.flags = {kind: ['--allow-plain'] for kind in disturb.KINDS}

    def address(self, name):
        return super().address(name).replace('127.0.0.1', self.line.near)


if __name__ == '__main__':
    both = [end(sys.argv[1]), end(sys.argv[2])]
    print('ready', flush=True)
    carry(both, float(sys.argv[3]) / 1e3)

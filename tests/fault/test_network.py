#!/usr/bin/env python3
"""Ingest, workers and sink each in a network of its own, over tcp: cut from each other in both directions and in one, connections
reset by the kernel, packets lost, a slow line, delay.

  test_network.py BIN [--full] [--seed N]

Needs root, or namespaces for everybody; else skipped. What the kernel lacks (netem) is left out, visibly."""
import os
import subprocess
import tempfile
import time

import disturb

disturb.in_namespaces('--net', '--mount')

PLACES = {'ingest': 1, 'sink': 2, 'worker': 3}
PORTS = {'work': ('ingest', 5701), 'results': ('sink', 5702), 'receipts': ('sink', 5703)}


def ip_of(place):
    return f'10.77.0.{PLACES[place]}'


def run(*command, check=True):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        raise RuntimeError(f'{" ".join(command)}: {done.stderr.strip()}')
    return done.returncode == 0


def within(place, *command, check=True):
    return run('ip', 'netns', 'exec', place, *command, check=check)


def build():
    """A switch in this namespace, and a cable to each of the three."""
    refused = disturb.mount('tmpfs', '/run')
    if refused:
        disturb.skip(f'no tmpfs can be mounted: {refused}')
    try:
        run('ip', 'link', 'add', 'switch', 'type', 'bridge')
        run('ip', 'link', 'set', 'switch', 'up')
        for place in PLACES:
            run('ip', 'netns', 'add', place)
            run('ip', 'link', 'add', 'to-' + place, 'type', 'veth', 'peer', 'name', 'cable', 'netns', place)
            run('ip', 'link', 'set', 'to-' + place, 'master', 'switch', 'up')
            within(place, 'ip', 'address', 'add', ip_of(place) + '/24', 'dev', 'cable')
            within(place, 'ip', 'link', 'set', 'cable', 'up')
            within(place, 'ip', 'link', 'set', 'lo', 'up')
        within('worker', 'iptables', '-S')
    except (RuntimeError, FileNotFoundError) as error:
        disturb.skip(f'no network of our own can be made: {error}')


class Networked(disturb.Disturbed):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.wraps = {place: ['ip', 'netns', 'exec', place] for place in PLACES}
        self.flags = {kind: ['--allow-plain'] for kind in disturb.KINDS}

    def address(self, name):
        if name not in PORTS:
            return super().address(name)
        place, port = PORTS[name]
        return f'tcp://{ip_of(place)}:{port}'


class Rule:
    """Rules of netfilter where packets arrive, for as long as the fault lasts."""

    def __init__(self, name, *rules):
        self.name, self.rules = name, rules

    def change(self, verb):
        for place, *rule in self.rules:
            within(place, 'iptables', verb, 'INPUT', *rule)

    def begin(self):
        self.change('-A')

    def end(self):
        self.change('-D')


class Line:
    """A property of the cables (tc), for as long as the fault lasts."""

    def __init__(self, name, *words):
        self.name, self.words = name, words

    def change(self, verb, *words, check=True):
        return all([within(place, 'tc', 'qdisc', verb, 'dev', 'cable', 'root', *words, check=check) for place in PLACES])

    def begin(self):
        self.change('add', *self.words)

    def end(self):
        self.change('del')

    def works(self):
        works = self.change('add', *self.words, check=False)
        self.change('del', check=False)
        if not works:
            print(f'skipped: {os.path.basename(__file__)}: {self.name}: this kernel cannot', flush=True)
        return works


class Reset:
    """Every tcp connection of these places is ended by its kernel, with a reset."""

    def __init__(self, *places):
        self.name, self.places = 'reset ' + ' '.join(places), places

    def begin(self):
        for place in self.places:
            within(place, 'ss', '-K', 'state', 'established')

    def end(self):
        pass


def deaf(place, to):
    """Packets to `place` from `to` do not arrive; the other way they do."""
    return (place, '-s', ip_of(to), '-j', 'DROP')


def cut(one, other):
    return Rule(f'cut {one}|{other}', deaf(one, other), deaf(other, one))


def lossy(part):
    return [(place, '-m', 'statistic', '--mode', 'random', '--probability', str(part), '-j', 'DROP') for place in PLACES]


def resetting(place):
    return (place, '-p', 'tcp', '-j', 'REJECT', '--reject-with', 'tcp-reset')


PAIRS = [('ingest', 'worker'), ('sink', 'worker'), ('ingest', 'sink')]


def all_faults():
    faults = [cut(*pair) for pair in PAIRS]
    faults += [Rule(f'{place} does not hear {to}', deaf(place, to)) for pair in PAIRS for place, to in (pair, pair[::-1])]
    faults += [Rule('cut all', *(deaf(place, to) for pair in PAIRS for place, to in (pair, pair[::-1])))]
    faults += [Reset('worker'), Reset('ingest', 'sink'), Rule('refused connections', *map(resetting, PLACES))]
    faults += [Rule('loss of 10 %', *lossy(0.1)), Rule('loss of 40 %', *lossy(0.4))]
    lines = [Line('slow line', 'tbf', 'rate', '1mbit', 'burst', '4k', 'latency', '50ms'),
             Line('delay and loss', 'netem', 'delay', '80ms', '40ms', 'loss', '5%', 'reorder', '10%')]
    return faults + [line for line in lines if line.works()]


def main():
    options = disturb.options(__doc__)
    chance = options.chance
    build()
    faults = all_faults()
    chance.shuffle(faults)
    longest = 2 * disturb.LEASE_S if options.full else 0.4
    faults = faults * 2 if options.full else faults[:8]
    print(f'{len(faults)} faults, seed {options.seed}', flush=True)
    with tempfile.TemporaryDirectory(prefix='rap-network.') as folder:
        groups = disturb.rounds(os.path.join(folder, 'documents'), len(faults))
        want = disturb.undisturbed(options.binaries, os.path.join(folder, 'a'), disturb.flat(groups))
        pipeline = Networked(options.binaries, os.path.join(folder, 'b')).start_all()
        for turn, (fault, group) in enumerate(zip(faults, groups)):
            submission = pipeline.feed(group)
            disturb.moment(chance, 0.05)
            fault.begin()
            shortest = disturb.LEASE_S + 0.5 if turn == 0 and fault.name != 'slow line' else 0.05
            disturb.moment(chance, max(longest, shortest), shortest)
            fault.end()
            pipeline.faults[fault.name] += 1
            pipeline.collect(submission)
            if options.full:
                print(f'{fault.name}: {pipeline.recovered(time.monotonic()):.2f} s', flush=True)
        pipeline.recovered(time.monotonic())
        disturb.judge('network', pipeline, want)


main()

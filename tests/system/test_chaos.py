#!/usr/bin/env python3
"""rapporteur chaos: refused without consent, on a system marked as production and without a service; else it strikes the processes
of `up`, continues all that it stopped, waits and audits; and nothing is lost.

  test_chaos.py BIN"""
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import harness  # noqa: E402

CONSENT = '--yes-this-is-staging'
STRIKES = 6  # at least so many are waited for


def up(binaries, folder):
    read_end, write_end = os.pipe()
    with open(folder + '.log', 'ab') as log:
        service = subprocess.Popen([os.path.join(binaries, 'rapporteur'), 'up', '--data', folder, '--workers', '2', '--rules', harness.RULES,
                                    '--ready-fd', str(write_end)], stderr=log, stdin=subprocess.DEVNULL, pass_fds=(write_end,))
    os.close(write_end)
    ready = select.select([read_end], [], [], 120)[0] and os.read(read_end, 16)
    os.close(read_end)
    assert ready == b'READY\n', 'not ready'
    return service


def refused(binaries, folder, *arguments):
    done = subprocess.run([os.path.join(binaries, 'rapporteur'), 'chaos', '--data', folder, *arguments], capture_output=True, text=True,
                          check=False, timeout=60)
    return done.returncode, done.stderr


def states(pid):
    """Of a process and all below it."""
    with open(f'/proc/{pid}/stat', encoding='utf8') as stat:
        found = [stat.read().rsplit(')', 1)[1].split()[0]]
    for child in harness.children_of(pid):
        try:
            found += states(child)
        except FileNotFoundError:
            pass
    return found


def acts(text):
    return re.findall(r'^ +[\d.]+ s  (?:kill|stop) +(.*) \(process \d+\)', text, re.M)


def rage(binaries, folder, end, seed):
    """Chaos, until it struck often enough; then it is told to end, and must leave nothing stopped."""
    process = subprocess.Popen([os.path.join(binaries, 'rapporteur'), 'chaos', '--data', folder, CONSENT, '--minutes', '60', '--seed', str(seed),
                                '--at-once', '3', '--pause', '1'], stdout=subprocess.PIPE, text=True)
    said = ''
    while len(acts(said)) < STRIKES:
        line = process.stdout.readline()
        assert line, said
        said += line
    process.send_signal(end)
    rest, _ = process.communicate(timeout=400)
    return process.returncode, said + rest


def main():
    binaries = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix='rap-chaos.') as top:
        folder = os.path.join(top, 'service')
        os.mkdir(folder)
        code, said = refused(binaries, folder, CONSENT)
        assert code == 1 and 'no process of a service' in said, (code, said)
        service = up(binaries, folder)
        try:
            code, said = refused(binaries, folder)
            assert code == 2 and CONSENT in said, (code, said)
            with open(os.path.join(folder, 'production'), 'w', encoding='utf8'):
                pass
            code, said = refused(binaries, folder, CONSENT)
            assert code == 2 and 'marked as production' in said, (code, said)
            os.unlink(os.path.join(folder, 'production'))

            files = harness.sample_files()
            hands_in = subprocess.Popen([os.path.join(binaries, 'rapporteur'), 'submit', '--data', folder, '--timeout', '300', *files],
                                        stdout=subprocess.DEVNULL)
            code, said = rage(binaries, folder, signal.SIGINT, 4)
            assert code == 0 and 'settled ' in said and 'balanced: ' in said, (code, said)
            assert len(set(acts(said))) >= 3, said
            assert hands_in.wait(300) == 0

            code, said = rage(binaries, folder, signal.SIGKILL, 5)  # now nobody is there to continue what is stopped, but the guard
            until = time.monotonic() + 30
            while 'T' in states(service.pid):
                assert time.monotonic() < until, 'something is still stopped'
                select.select([], [], [], 0.01)
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait(120)
        assert harness.settled_in(os.path.join(folder, 'rapporteur.db')) == len(files)


main()

"""engine: the image of the committed files on a real Docker engine, for tests of containers and packages.

Without an engine, or without a Debian to build from, the test that asks is skipped, visibly."""
import os
import signal
import socket
import subprocess
import sys
import time

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..'))
BASES = ('debian:12-slim', 'debian:bookworm-slim')
SKIPPED = 77


def skip(why):
    print(f'skipped: {why}')
    sys.exit(SKIPPED)


def run(*command, check=True, **options):
    done = subprocess.run(command, capture_output=True, check=False, **{'text': True, **options})
    if check and done.returncode != 0:
        raise RuntimeError(f'{" ".join(command)[:300]}: exit {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}')
    return done


def base():
    """A Debian image that is here; skips where there is no engine or no such image."""
    try:
        if run('docker', 'info', check=False).returncode != 0:
            skip('no Docker engine answers')
    except FileNotFoundError:
        skip('no docker is installed')
    for name in BASES:
        if run('docker', 'image', 'inspect', name, check=False).returncode == 0:
            return name
    return skip(f'none of the images {", ".join(BASES)} is here')


def build(tag, target=None):
    """The image of HEAD, or of one stage of it, from the layers of the last time as far as they still hold."""
    archive = subprocess.Popen(['git', '-C', ROOT, 'archive', 'HEAD'], stdout=subprocess.PIPE)
    chosen = ['--target', target] if target else []
    run('docker', 'build', '--network', 'host', '--build-arg', f'BASE={base()}', '--build-arg', 'JOBS=2', *chosen,
        '-f', 'deploy/Dockerfile', '-t', tag, '-', stdin=archive.stdout)
    archive.stdout.close()
    if archive.wait() != 0:
        raise RuntimeError('git archive failed')
    return tag


def inspect(container, what):
    return run('docker', 'inspect', '-f', what, container).stdout.strip()


def next_version(tag, of):
    """Another image, of another id, of the same programs: what an upgrade brings, as far as the engine is concerned."""
    run('docker', 'build', '-t', tag, '-', input=f'FROM {of}\nENV RAPPORTEUR_ROLLED={os.getpid()}\n')
    return tag


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def restart():
    """The engine itself, as it was started: only where the whole engine is ours, which RAPPORTEUR_ENGINE_RESTART says."""
    with open('/var/run/docker.pid', encoding='ascii') as file:
        pid = int(file.read())
    with open(f'/proc/{pid}/cmdline', 'rb') as file:
        command = file.read().decode().split('\0')[:-1]
    os.kill(pid, signal.SIGTERM)
    wait(lambda: not os.path.exists(f'/proc/{pid}/cmdline') or not open(f'/proc/{pid}/cmdline', 'rb').read(), 'the engine ends')
    # goes on after the test; its log is its own business
    subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                     start_new_session=True)
    wait(lambda: run('docker', 'info', check=False).returncode == 0, 'the engine is back')


def wait(fact, what, seconds=180):
    """Until `fact` answers something; what it answers."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = fact()
        if answer:
            return answer
        time.sleep(0.1)
    raise RuntimeError(f'not within {seconds} s: {what}')

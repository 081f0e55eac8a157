"""The Debian packages in a fresh Debian 12: installed, started, upgraded while they work, removed, purged; and a worker of
one's own built with rapporteur-dev.

systemd runs in the container where the engine lets it; where not, all but the units' part is done, and that is said."""
import os
import sys

import engine

HERE = os.path.dirname(os.path.abspath(__file__))
FRESH = """FROM {base}
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends systemd systemd-sysv dbus lintian procps
"""
# what systemd needs for itself in a container
SYSTEMD = ['--cap-add', 'SYS_ADMIN', '--security-opt', 'seccomp=unconfined', '--tmpfs', '/run:exec', '--tmpfs', '/run/lock', '--tmpfs', '/tmp:exec',
           '--cgroupns=host', '-v', '/sys/fs/cgroup/systemd:/sys/fs/cgroup/systemd:rw', '--stop-signal', 'SIGRTMIN+3']
OWN = 'set -e; dpkg -i /packages/rapporteur-dev_*.deb; cp -r /usr/share/doc/rapporteur-dev/examples/own-worker /tmp/own; ' \
      'cd /tmp/own; make; ./readability --help; dpkg -r rapporteur-dev; test ! -e /usr/include/rapporteur'


def start(base):
    """A container with systemd; without, if it does not run here."""
    engine.run('docker', 'build', '--network', 'host', '-t', 'rapporteur-systemd:test', '-', input=FRESH.format(base=base))
    made = engine.run('docker', 'run', '-d', '--network', 'host', *SYSTEMD, 'rapporteur-systemd:test', '/sbin/init', check=False)
    container = made.stdout.strip()
    if made.returncode == 0:
        asked = engine.run('docker', 'exec', container, 'timeout', '60', 'systemctl', 'is-system-running', '--wait', check=False)
        if asked.stdout.strip() in ('running', 'degraded'):
            return container
    if container:
        engine.run('docker', 'rm', '-f', container, check=False)
    print('this engine does not run systemd: the units are not started')
    return engine.run('docker', 'run', '-d', '--network', 'host', 'rapporteur-systemd:test', 'sleep', 'infinity').stdout.strip()


def main():
    base = engine.base()
    stage = engine.build('rapporteur-build:test', target='build')
    made = engine.run('docker', 'create', stage, 'true').stdout.strip()
    fresh = None
    try:
        print(engine.run('docker', 'run', '--rm', '--network', 'none', stage, 'sh', '-c', OWN).stdout[-600:])
        fresh = start(base)
        packages = engine.run('docker', 'cp', f'{made}:/packages', '-', text=False).stdout
        engine.run('docker', 'cp', '-', f'{fresh}:/', input=packages, text=False)
        engine.run('docker', 'cp', os.path.join(HERE, 'package-steps'), f'{fresh}:/package-steps')
        engine.run('docker', 'cp', os.path.join(engine.ROOT, 'samples'), f'{fresh}:/samples')
        done = engine.run('docker', 'exec', fresh, 'bash', '/package-steps', '/packages', '/samples', check=False)
        print(done.stdout[-6000:])
        print(done.stderr[-3000:])
        return done.returncode
    finally:
        engine.run('docker', 'rm', '-f', made, *([fresh] if fresh else []), check=False)


if __name__ == '__main__':
    sys.exit(main())

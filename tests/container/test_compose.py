"""The service as containers: scaled up and down, killed, upgraded and stopped while it works, and nothing is lost.

With RAPPORTEUR_ENGINE_RESTART=1 the engine itself is restarted, too; that ends whatever else runs on it."""
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import urllib.error
import urllib.request

import engine
from engine import inspect

DOCUMENTS, PARAGRAPHS = 3, 8000  # of each portion
PROJECT = f'raptest{os.getpid()}'
BEGUN = time.monotonic()


class Compose:
    """One project of docker-compose.yml, with the image that was built for the test."""

    def __init__(self, tag):
        self.port = engine.free_port()
        self.environment = {**os.environ, 'RAPPORTEUR_TAG': tag, 'COMPOSE_PROJECT_NAME': PROJECT,
                            'RAPPORTEUR_PORT': str(self.port)}
        self.portions = self.documents = 0

    def __call__(self, *arguments, **options):
        return engine.run('docker-compose', '-f', os.path.join(engine.ROOT, 'docker-compose.yml'), *arguments,
                          env=self.environment, **options)

    def up(self, workers):
        self('up', '-d', '--no-build', '--scale', f'worker={workers}')

    def containers(self, service):
        return engine.run('docker', 'ps', '-aq', '--filter', f'label=com.docker.compose.project={PROJECT}', '--filter',
                          f'label=com.docker.compose.service={service}', '--filter', 'label=com.docker.compose.oneoff=False').stdout.split()

    def container(self, service):
        return self.containers(service)[0]

    def rapporteur(self, *arguments, **options):
        """In the sink's container, or in ingest's where that is not running."""
        for service in ('sink', 'ingest'):
            container = self.container(service)
            if inspect(container, '{{.State.Running}}') == 'true':
                return engine.run('docker', 'exec', '-i', container, 'rapporteur', *arguments, **options)
        raise RuntimeError('neither sink nor ingest is running')

    def status(self):
        done = self.rapporteur('status', '--json', check=False)
        return json.loads(done.stdout) if done.returncode == 0 else {}

    def workers(self):
        service = self.status().get('service') or {}
        return service.get('workers_count', 0)

    def serves(self):
        service = self.status().get('service') or {}
        return service.get('sink', {}).get('alive', False)

    def stored(self):
        return self.status().get('chunks', 0)

    def await_workers(self, count):
        engine.wait(lambda: self.serves() and self.workers() == count, f'{count} workers serve')

    def feed(self):
        """A portion of documents into the inbox, in one go; under way when it returns."""
        ingest, before = self.container('ingest'), self.stored()
        self.portions += 1
        folder = tempfile.mkdtemp()
        try:
            for number in range(DOCUMENTS):
                write_document(os.path.join(folder, f'harbour-{self.portions}-{number}.txt'), 100 * self.portions + number)
            os.chmod(folder, 0o755)
            engine.run('docker', 'cp', folder + '/.', f'{ingest}:/var/lib/rapporteur/inbox/')
        finally:
            shutil.rmtree(folder)
        self.documents += DOCUMENTS
        if self.workers() > 0:
            engine.wait(lambda: self.stored() > before, 'something of the portion is stored')


def write_document(path, seed):
    with open(path, 'w', encoding='utf8') as document:
        document.write(f'Report of the Secretary-General on harbour {seed}\n\n')
        for paragraph in range(1, PARAGRAPHS + 1):
            document.write(f'{paragraph}. In {1990 + paragraph % 40} some {paragraph * 7 + seed} ships called at pier '
                           f'{paragraph}, and the average stay was {paragraph % 9 + 1} days.\n\n')


def balanced(compose, when):
    """Asked from the files alone, in the middle of the work."""
    done = compose.rapporteur('audit', '--json', check=False)
    if done.returncode != 0:
        raise RuntimeError(f'the books do not balance {when}: exit {done.returncode}\n{done.stdout}{done.stderr}')
    books = json.loads(done.stdout)
    print(f'{time.monotonic() - BEGUN:5.0f} s: balanced {when}; in flight: {books["in_flight"]}', flush=True)
    return books


def digests(compose):
    """Of all keys and the token, as they are in the volumes."""
    return compose('run', '--rm', '-T', 'keys', 'sh', '-c', 'find /keys -type f ! -name .lock | sort | xargs sha256sum').stdout


def check_keys(compose):
    """Made once; each daemon has its own secret and nobody else's."""
    before = digests(compose)
    assert len(before.splitlines()) == 3 + 9 + 1, before
    compose('run', '--rm', '-T', 'keys')
    assert digests(compose) == before, 'keys that were there are others now'
    for service in ('sink', 'ingest', 'worker'):
        secrets = engine.run('docker', 'exec', compose.container(service), 'find', '/', '-xdev', '-name', '*.secret', check=False).stdout
        mounted = engine.run('docker', 'exec', compose.container(service), 'find', '/etc/rapporteur/keys', '-name', '*.secret').stdout
        assert (secrets + mounted).split() == [f'/etc/rapporteur/keys/{service}.secret'], (service, secrets, mounted)
    # all at once, from nothing, as many daemons would that start together
    race = 'set -e; mkdir /tmp/k; for i in 1 2 3 4 5 6; do rapporteur-keys /tmp/k & done; wait; cat /tmp/k/*/allowed/ingest.public | sort -u | grep -c public-key'
    assert compose('run', '--rm', '-T', 'keys', 'sh', '-c', race).stdout.splitlines()[-1] == '1'


def check_dashboard(compose):
    """On this host only, and by the token only."""
    container = compose.container('dashboard')
    ports = json.loads(inspect(container, '{{json .HostConfig.PortBindings}}'))
    assert {where['HostIp'] for port in ports.values() for where in port} == {'127.0.0.1'}, ports
    token = engine.run('docker', 'exec', container, 'cat', '/run/token/token').stdout.strip()
    address = f'http://127.0.0.1:{compose.port}/api/v1/overview'
    try:
        urllib.request.urlopen(address, timeout=10)
        raise RuntimeError('the dashboard answers without a token')
    except urllib.error.HTTPError as refused:
        assert refused.code == 401, refused
    asked = urllib.request.Request(address, headers={'Authorization': f'Bearer {token}'})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        assert answer.status == 200, answer.status


def crash(container):
    """The main process ends as by the kernel's hand: the engine starts the container again by itself."""
    before = int(inspect(container, '{{.RestartCount}}'))
    os.kill(int(inspect(container, '{{.State.Pid}}')), signal.SIGKILL)
    engine.wait(lambda: int(inspect(container, '{{.RestartCount}}')) > before, 'the container is started again')


def kill_each(compose, workers):
    for service in ('sink', 'ingest'):
        compose.feed()
        container = compose.container(service)
        if os.geteuid() == 0 and os.path.exists(f'/proc/{inspect(container, "{{.State.Pid}}")}'):
            crash(container)
        else:
            engine.run('docker', 'kill', container)
            compose.up(workers)
        compose.await_workers(workers)
        balanced(compose, f'after {service} was killed')


def upgrade(compose, workers):
    """All of it replaced by another image, while it works."""
    compose.feed()
    before = {service: compose.container(service) for service in ('sink', 'ingest', 'worker', 'dashboard')}
    compose.environment['RAPPORTEUR_TAG'] = engine.next_version('rapporteur:test-next', 'rapporteur:test').split(':')[1]
    compose.up(workers)
    compose.await_workers(workers)
    for service, container in before.items():
        assert compose.container(service) != container, f'{service} was not replaced'
    balanced(compose, 'after an upgrade')


def work(compose):
    """Feeds, scales, kills and upgrades."""
    compose.up(1)
    compose.await_workers(1)
    check_keys(compose)
    print(compose.rapporteur('submit', '--json', '-', input='Decision 12\n\nThe Board decides to meet in Lima in 2031.\n').stdout)
    compose.documents += 1
    compose.feed()
    balanced(compose, 'with one worker')
    compose.up(4)
    compose.await_workers(4)
    compose.feed()
    balanced(compose, 'with four workers')
    check_dashboard(compose)
    engine.run('docker', 'kill', compose.container('worker'))
    balanced(compose, 'after a worker was killed')
    compose.feed()
    compose.up(2)
    compose.await_workers(2)
    balanced(compose, 'with two workers')
    kill_each(compose, 2)
    upgrade(compose, 2)
    if os.environ.get('RAPPORTEUR_ENGINE_RESTART'):
        compose.feed()
        engine.restart()
        compose.await_workers(2)
        balanced(compose, 'after the engine was restarted')


def finish(compose):
    """All that went in is complete; then all ends in good order, and nothing changes by it."""
    def settled():
        states = compose.status().get('documents', {})
        return sum(count for state, count in states.items() if state != 'receiving') >= compose.documents
    engine.wait(settled, f'{compose.documents} documents are settled', seconds=420)
    engine.wait(lambda: balanced(compose, 'at the end')['in_flight'] == 0, 'nothing is in flight')
    chunks = compose.stored()
    assert chunks >= compose.portions * DOCUMENTS * PARAGRAPHS, chunks
    containers = [container for service in ('sink', 'ingest', 'worker', 'dashboard') for container in compose.containers(service)]
    assert len(containers) == 5, containers
    compose('stop')
    ended = {inspect(container, '{{.Name}} {{.State.ExitCode}}') for container in containers}
    assert all(end.endswith(' 0') for end in ended), ended
    compose.up(1)
    compose.await_workers(1)
    assert compose.stored() == chunks
    balanced(compose, 'after a stop and a start')


def probe(compose, service, *more, check=True):
    """What the service's own check says, without waiting for the engine to ask."""
    command = json.loads(inspect(compose.container(service), '{{json .Config.Healthcheck.Test}}'))
    assert command[0] == 'CMD', command
    return engine.run('docker', 'exec', compose.container(service), *command[1:], *more, check=check)


def health(compose):
    for service in ('sink', 'ingest', 'worker', 'dashboard'):
        engine.wait(lambda name=service: probe(compose, name, check=False).returncode == 0, f'{service} is healthy')
    engine.wait(lambda: probe(compose, 'ingest', '--ready', check=False).returncode == 0, 'ingest is ready')
    engine.run('docker', 'kill', compose.container('sink'))
    engine.wait(lambda: probe(compose, 'ingest', '--ready', check=False).returncode != 0, 'ingest without a sink is not ready')
    # which is no reason to start it anew
    probe(compose, 'ingest')


def main():
    engine.base()
    if not shutil.which('docker-compose'):
        engine.skip('no docker-compose is installed')
    engine.build('rapporteur:test')
    compose = Compose('test')
    try:
        work(compose)
        finish(compose)
        health(compose)
    except BaseException:
        print(compose('logs', '--tail', '30', check=False).stdout)
        raise
    finally:
        compose('down', '-v', '-t', '10', check=False)


if __name__ == '__main__':
    sys.exit(main())

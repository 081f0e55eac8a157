"""The service as containers: scaled up and down, killed and stopped while it works, and nothing is lost."""
import json
import os
import shutil
import signal
import sys
import tempfile

import engine

DOCUMENTS, PARAGRAPHS = 24, 3000
PROJECT = f'raptest{os.getpid()}'


class Compose:
    """One project of docker-compose.yml, with the image that was built for the test."""

    def __init__(self, tag):
        self.environment = {**os.environ, 'RAPPORTEUR_TAG': tag, 'COMPOSE_PROJECT_NAME': PROJECT}

    def __call__(self, *arguments, **options):
        return engine.run('docker-compose', '-f', os.path.join(engine.ROOT, 'docker-compose.yml'), *arguments,
                          env=self.environment, **options)

    def up(self, workers):
        self('up', '-d', '--no-build', '--scale', f'worker={workers}')

    def containers(self, service):
        return self('ps', '-q', service).stdout.split()

    def rapporteur(self, *arguments, **options):
        """In the sink's container, or in ingest's where that is not running."""
        for service in ('sink', 'ingest'):
            container = self.containers(service)[0]
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


def inspect(container, what):
    return engine.run('docker', 'inspect', '-f', what, container).stdout.strip()


def balanced(compose, when):
    """Asked from the files alone, in the middle of the work."""
    done = compose.rapporteur('audit', '--json', check=False)
    if done.returncode != 0:
        raise RuntimeError(f'the books do not balance {when}: exit {done.returncode}\n{done.stdout}{done.stderr}')
    print(f'balanced {when}')
    return json.loads(done.stdout)


def write_documents(folder):
    for number in range(DOCUMENTS):
        with open(os.path.join(folder, f'long{number}.txt'), 'w', encoding='utf8') as document:
            document.write(f'Report of the Secretary-General on harbour {number}\n\n')
            for paragraph in range(1, PARAGRAPHS + 1):
                document.write(f'{paragraph}. In {1990 + paragraph % 40} some {paragraph * 7 + number} ships called at pier '
                               f'{paragraph}, and the average stay was {paragraph % 9 + 1} days.\n\n')
    for name in os.listdir(os.path.join(engine.ROOT, 'samples')):
        if '.txt' in name:
            shutil.copy(os.path.join(engine.ROOT, 'samples', name), folder)


def feed(compose, folder):
    """Into the inbox, as an operator would: what is known of a document first, then the document."""
    ingest = compose.containers('ingest')[0]
    names = sorted(os.listdir(folder), key=lambda name: (not name.endswith('.meta'), name))
    for name in names:
        engine.run('docker', 'cp', os.path.join(folder, name), f'{ingest}:/var/lib/rapporteur/inbox/{name}')
    return sum(not name.endswith('.meta') for name in names)


def crash(container):
    """The main process ends as by the kernel's hand: the engine starts the container again by itself."""
    before = int(inspect(container, '{{.RestartCount}}'))
    os.kill(int(inspect(container, '{{.State.Pid}}')), signal.SIGKILL)
    engine.wait(lambda: int(inspect(container, '{{.RestartCount}}')) > before, 'the container is started again')


def work(compose, folder):
    """Feeds, scales and kills; the number of documents that went in."""
    compose.up(1)
    engine.wait(lambda: compose.serves() and compose.workers() == 1, 'one worker serves')
    print(compose.rapporteur('submit', '--json', '-', input='Decision 12\n\nThe Board decides to meet in Lima in 2031.\n').stdout)
    documents = 1 + feed(compose, folder)
    engine.wait(lambda: compose.stored() > 0, 'something is stored')
    balanced(compose, 'with one worker')
    compose.up(4)
    engine.wait(lambda: compose.workers() == 4, 'four workers serve')
    balanced(compose, 'with four workers')
    engine.run('docker', 'kill', compose.containers('worker')[0])
    balanced(compose, 'after a worker was killed')
    for service in ('sink', 'ingest'):
        if os.geteuid() == 0 and os.path.exists(f'/proc/{inspect(compose.containers(service)[0], "{{.State.Pid}}")}'):
            crash(compose.containers(service)[0])
        else:
            engine.run('docker', 'kill', compose.containers(service)[0])
        compose.up(2)
        engine.wait(compose.serves, f'{service} serves again')
        balanced(compose, f'after {service} was killed')
    return documents


def finish(compose, documents):
    """All that went in is complete; then all ends in good order, and nothing changes by it."""
    def settled():
        states = compose.status().get('documents', {})
        return sum(count for state, count in states.items() if state != 'receiving') >= documents
    engine.wait(settled, f'{documents} documents are settled', seconds=420)
    engine.wait(lambda: balanced(compose, 'at the end')['in_flight'] == 0, 'nothing is in flight')
    chunks = compose.stored()
    assert chunks >= DOCUMENTS * PARAGRAPHS, chunks
    containers = [container for service in ('sink', 'ingest', 'worker') for container in compose.containers(service)]
    assert len(containers) == 4, containers
    compose('stop')
    ended = {inspect(container, '{{.Name}} {{.State.ExitCode}}') for container in containers}
    assert all(end.endswith(' 0') for end in ended), ended
    compose.up(1)
    engine.wait(lambda: compose.serves() and compose.workers() == 1, 'it serves after a stop')
    assert compose.stored() == chunks
    balanced(compose, 'after a stop and a start')


def health(compose):
    """What the image's own check says, without waiting for the engine to ask."""
    for service in ('sink', 'ingest', 'worker'):
        container = compose.containers(service)[0]
        check = json.loads(inspect(container, '{{json .Config.Healthcheck.Test}}'))[1]
        engine.run('docker', 'exec', container, 'sh', '-c', check)
    engine.run('docker', 'kill', compose.containers('sink')[0])
    ingest = compose.containers('ingest')[0]
    engine.wait(lambda: engine.run('docker', 'exec', ingest, 'sh', '-c', check, check=False).returncode != 0,
                'ingest without a sink is not healthy')


def main():
    engine.base()
    if not shutil.which('docker-compose'):
        engine.skip('no docker-compose is installed')
    engine.build('rapporteur:test')
    compose = Compose('test')
    folder = tempfile.mkdtemp()
    try:
        write_documents(folder)
        finish(compose, work(compose, folder))
        health(compose)
    except BaseException:
        print(compose('logs', '--tail', '30', check=False).stdout)
        raise
    finally:
        compose('down', '-v', '-t', '10', check=False)
        shutil.rmtree(folder)


if __name__ == '__main__':
    sys.exit(main())

"""The service as a stack of a Swarm of one node: deployed, scaled, killed and upgraded while it works; nothing is lost.

Makes a Swarm of the engine for as long as it takes; skipped where there is one already, which is somebody's."""
import json
import os
import shutil
import sys
import tempfile
import time

import engine
from engine import inspect

DOCUMENTS, PARAGRAPHS = 3, 8000  # of each portion
STACK = f'raptest{os.getpid()}'
BEGUN = time.monotonic()


class Stack:
    def __init__(self, folder):
        self.folder = folder
        self.image = 'rapporteur:test'
        self.documents = self.portions = 0

    def deploy(self):
        engine.run('docker', 'stack', 'deploy', '--resolve-image', 'never', '-c', os.path.join(self.folder, 'docker-stack.yml'), STACK,
                   env={**os.environ, 'RAPPORTEUR_IMAGE': self.image, 'RAPPORTEUR_WORKERS': '1', 'RAPPORTEUR_KEYS': STACK})

    def containers(self, service):
        """Those of this service that run."""
        return engine.run('docker', 'ps', '-q', '--filter', f'label=com.docker.swarm.service.name={STACK}_{service}').stdout.split()

    def rapporteur(self, *arguments, **options):
        for service in ('sink', 'ingest'):
            for container in self.containers(service):
                return engine.run('docker', 'exec', '-i', container, 'rapporteur', *arguments, **options)
        return engine.run('false', check=False)

    def status(self):
        done = self.rapporteur('status', '--json', check=False)
        return json.loads(done.stdout) if done.returncode == 0 else {}

    def workers(self):
        return (self.status().get('service') or {}).get('workers_count', 0)

    def await_workers(self, count):
        def serve():
            service = self.status().get('service') or {}
            return service.get('sink', {}).get('alive', False) and service.get('workers_count') == count
        engine.wait(serve, f'{count} workers serve')

    def scale(self, count):
        engine.run('docker', 'service', 'scale', '--detach', f'{STACK}_worker={count}')

    def feed(self):
        before = self.status().get('chunks', 0)
        self.portions += 1
        for number in range(DOCUMENTS):
            seed = 100 * self.portions + number
            text = ''.join([f'Report of the Secretary-General on harbour {seed}\n\n'] +
                           [f'{paragraph}. In {1990 + paragraph % 40} some {paragraph * 7 + seed} ships called at pier {paragraph}.\n\n'
                            for paragraph in range(1, PARAGRAPHS + 1)])
            self.rapporteur('submit', '-', input=text)
        self.documents += DOCUMENTS
        engine.wait(lambda: self.status().get('chunks', 0) > before, 'something of the portion is stored')


def balanced(stack, when):
    done = engine.wait(lambda: (lambda asked: asked if asked.returncode in (0, 4) else None)(stack.rapporteur('audit', '--json', check=False)),
                       'the audit can be asked')
    if done.returncode != 0:
        raise RuntimeError(f'the books do not balance {when}: exit {done.returncode}\n{done.stdout}{done.stderr}')
    books = json.loads(done.stdout)
    print(f'{time.monotonic() - BEGUN:5.0f} s: balanced {when}; in flight: {books["in_flight"]}', flush=True)
    return books


def check_secrets(stack):
    for service in ('sink', 'ingest', 'worker'):
        found = engine.run('docker', 'exec', stack.containers(service)[0], 'find', '/etc/rapporteur/keys', '-name', '*.secret', '-printf', '%f %m %U\n').stdout
        assert found == f'{service}.secret 400 990\n', found


def kill(stack, service):
    container = stack.containers(service)[0]
    engine.run('docker', 'kill', container)
    engine.wait(lambda: stack.containers(service) and container not in stack.containers(service), f'the Swarm replaces {service}')


def upgrade(stack):
    before = {service: stack.containers(service) for service in ('sink', 'ingest', 'worker', 'dashboard')}
    stack.image = engine.next_version('rapporteur:test-next', 'rapporteur:test')
    stack.deploy()

    def done():
        for service, old in before.items():
            state = inspect(f'{STACK}_{service}', '{{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}')
            if state in ('rollback_started', 'rollback_completed', 'paused'):
                raise RuntimeError(f'{service}: {state}')
            if state != 'completed' or set(stack.containers(service)) & set(old):
                return False
        return True
    engine.wait(done, 'all is upgraded', seconds=400)


def work(stack):
    stack.deploy()
    stack.await_workers(1)
    check_secrets(stack)
    stack.feed()
    balanced(stack, 'with one worker')
    stack.scale(3)
    stack.await_workers(3)
    stack.feed()
    kill(stack, 'worker')
    balanced(stack, 'after a worker was killed')
    stack.scale(1)
    for service in ('sink', 'ingest'):
        stack.feed()
        kill(stack, service)
        balanced(stack, f'after {service} was killed')
    stack.await_workers(1)
    stack.feed()
    upgrade(stack)
    stack.await_workers(1)
    balanced(stack, 'after an upgrade')

    def settled():
        states = stack.status().get('documents', {})
        return sum(count for state, count in states.items() if state != 'receiving') >= stack.documents
    engine.wait(settled, 'all is settled')
    assert balanced(stack, 'at the end')['in_flight'] == 0
    assert stack.status()['chunks'] >= stack.portions * DOCUMENTS * PARAGRAPHS


def clean(state):
    engine.run('docker', 'stack', 'rm', STACK, check=False)
    mine = ('--filter', f'label=com.docker.stack.namespace={STACK}')
    engine.wait(lambda: not engine.run('docker', 'ps', '-aq', *mine).stdout, 'the stack is gone')
    engine.run('docker', 'swarm', 'leave', '--force', check=False)
    for volume in engine.run('docker', 'volume', 'ls', '-q', *mine).stdout.split():
        engine.run('docker', 'volume', 'rm', volume, check=False)
    shutil.rmtree(state)


def main():
    engine.base()
    if engine.run('docker', 'info', '-f', '{{.Swarm.LocalNodeState}}').stdout.strip() != 'inactive':
        engine.skip('the engine is in a Swarm already')
    made = engine.run('docker', 'swarm', 'init', '--advertise-addr', '127.0.0.1', check=False)
    if made.returncode != 0:
        engine.skip(f'this engine makes no Swarm: {made.stderr.strip()}')
    folder = tempfile.mkdtemp()
    try:
        engine.build('rapporteur:test')
        node = engine.run('docker', 'info', '-f', '{{.Swarm.NodeID}}').stdout.strip()
        engine.run('docker', 'node', 'update', '--label-add', 'rapporteur=data', node)
        shutil.copy(os.path.join(engine.ROOT, 'deploy', 'docker-stack.yml'), folder)
        os.mkdir(os.path.join(folder, 'keys'))
        engine.run('docker', 'run', '--rm', '--network', 'none', '--user', f'{os.getuid()}:{os.getgid()}',
                   '-v', f'{folder}/keys:/keys', 'rapporteur:test', 'rapporteur-keys', '/keys')
        work(Stack(folder))
    except BaseException:
        for service in ('sink', 'ingest', 'worker', 'dashboard'):
            print(engine.run('docker', 'service', 'ps', '--no-trunc', f'{STACK}_{service}', check=False).stdout)
            print(engine.run('docker', 'service', 'logs', '--tail', '15', f'{STACK}_{service}', check=False).stdout)
        raise
    finally:
        clean(folder)


if __name__ == '__main__':
    sys.exit(main())

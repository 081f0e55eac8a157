"""The manifests of deploy/kubernetes: rendered by kustomize, and held against themselves, the daemons and the handbook.

With a Docker engine the two pods are also played on it, as they stand: the same images, arguments, users, volumes with the
owners and modes that a kubelet gives them, one network a pod. No cluster is asked: what only one can tell (scheduling, the
autoscaler, policies) is not tried here. With --static nothing is played."""
import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import engine

try:
    import yaml
except ImportError:
    engine.skip('python3-yaml is not installed')

FOLDER = os.path.join(engine.ROOT, 'deploy', 'kubernetes')
PLAY = f'raptest{os.getpid()}'
KEYS = ['ingest/ingest.secret', 'sink/sink.secret', 'worker/worker.secret', 'dashboard/token',
        'ingest/allowed/ingest.public', 'sink/allowed/sink.public', 'worker/allowed/worker.public']


def render(folder):
    done = subprocess.run(['kubectl', 'kustomize', folder], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return [thing for thing in yaml.safe_load_all(done.stdout) if thing]


def of_kind(things, kind):
    return {thing['metadata']['name']: thing for thing in things if thing['kind'] == kind}


def pods(things):
    """Name and template of everything that makes pods."""
    return {name: thing for kind in ('StatefulSet', 'Deployment') for name, thing in of_kind(things, kind).items()}


def containers(pod):
    return pod['spec']['template']['spec']['containers']


def everyone(pod):
    return pod['spec']['template']['spec']['initContainers'] + containers(pod)


def ports(pod):
    return {port['name']: port['containerPort'] for container in containers(pod) for port in container['ports']}


def chosen(things, selector):
    """The pods that have the labels."""
    return [name for name, pod in pods(things).items()
            if selector.items() <= pod['spec']['template']['metadata']['labels'].items()]


def option(container, name):
    return next(given.split('=', 1)[1] for given in container['args'] if given.startswith(f'--{name}='))


def check_names(things):
    """What is referred to is there, and what is there is referred to."""
    for thing in things:
        assert thing['kind'] == 'Namespace' or thing['metadata']['namespace'] == 'rapporteur', thing['metadata']
    for name, pod in pods(things).items():
        assert chosen(things, pod['spec']['selector']['matchLabels']) == [name], name
        spec = pod['spec']['template']['spec']
        claims = [claim['metadata']['name'] for claim in pod['spec'].get('volumeClaimTemplates', [])]
        volumes = {volume['name'] for volume in spec['volumes']} | set(claims)
        mounted = {mount['name'] for container in everyone(pod) for mount in container['volumeMounts']}
        assert volumes == mounted, (name, volumes ^ mounted)
        for volume in spec['volumes']:
            if 'secret' in volume:
                assert volume['secret']['secretName'] in of_kind(things, 'Secret'), volume
            if 'configMap' in volume:
                assert volume['configMap']['name'] in of_kind(things, 'ConfigMap'), volume
        assert len(ports(pod)) == sum(len(container['ports']) for container in containers(pod))
        assert len(set(ports(pod).values())) == len(ports(pod)), 'two containers of a pod have one port'
    autoscaler = of_kind(things, 'HorizontalPodAutoscaler')['worker']['spec']
    assert autoscaler['scaleTargetRef']['name'] in of_kind(things, 'Deployment')
    assert 'replicas' not in of_kind(things, 'Deployment')['worker']['spec'], 'each apply would undo the autoscaler'
    for budget in of_kind(things, 'PodDisruptionBudget').values():
        assert len(chosen(things, budget['spec']['selector']['matchLabels'])) == 1, budget
    state = of_kind(things, 'StatefulSet')['rapporteur']
    assert state['spec']['serviceName'] in of_kind(things, 'Service')


def check_ports(things):
    """Who connects finds a Service, which finds a port of a pod, at which a daemon listens."""
    for service in of_kind(things, 'Service').values():
        found = chosen(things, service['spec']['selector'])
        assert len(found) == 1, service
        for port in service['spec']['ports']:
            assert ports(pods(things)[found[0]])[port['targetPort']] == port['port'], port
    state, workers = pods(things)['rapporteur'], pods(things)['worker']
    by_name = {container['name']: container for container in containers(state)}
    for name, door, option_name in (('ingest', 'work', 'work'), ('ingest', 'submit', 'submit'), ('sink', 'results', 'results'),
                                    ('sink', 'feed', 'feed')):
        assert f'tcp://0.0.0.0:{ports(state)[door]}' in option(by_name[name], option_name).split(','), door
    assert option(by_name['ingest'], 'receipts') == option(by_name['sink'], 'receipts')
    worker = containers(workers)[0]
    for door in ('work', 'results'):
        host, port = re.fullmatch(r'tcp://([a-z-]+):(\d+)', option(worker, door)).groups()
        service = of_kind(things, 'Service')[host]['spec']
        assert service['publishNotReadyAddresses'] and service['clusterIP'] == 'None'
        assert int(port) in [known['port'] for known in service['ports'] if known['name'] == door], door
    # nobody else
    policies = of_kind(things, 'NetworkPolicy')
    assert policies['nobody']['spec'] == {'podSelector': {}, 'policyTypes': ['Ingress', 'Egress']}
    for policy, pod in (('service', state), ('worker', workers)):
        spec = policies[policy]['spec']
        assert chosen(things, spec['podSelector']['matchLabels']) == [pod['metadata']['name']]
        for rule in spec['ingress']:
            for port in rule['ports']:
                assert port['port'] in ports(pod), port
        for peer in [peer for rule in spec['ingress'] + spec.get('egress', []) for peer in rule.get('from', rule.get('to'))]:
            labels = peer.get('podSelector', {}).get('matchLabels', {})
            assert 'app.kubernetes.io/component' not in labels or len(chosen(things, labels)) == 1, labels
    allowed = {port['port'] for rule in policies['worker']['spec']['egress'] for port in rule['ports']}
    assert allowed == {ports(state)['work'], ports(state)['results'], 53}


def check_probes(things):
    """They ask for paths that there are, where the daemon serves them."""
    with open(os.path.join(engine.ROOT, 'doc', 'metrics.md'), encoding='utf8') as file:
        told = re.findall(r'^\| `(/\w+)` \|', file.read(), re.M)
    assert {'/health', '/ready'} <= set(told), told
    for pod in pods(things).values():
        for container in containers(pod):
            where = option(container, 'listen' if container['name'] == 'dashboard' else 'metrics')
            for probe in ('startupProbe', 'livenessProbe', 'readinessProbe'):
                if container['name'] == 'dashboard' and probe == 'startupProbe':
                    continue
                asked = container[probe]['httpGet']
                assert where == f'0.0.0.0:{ports(pod)[asked["port"]]}', (container['name'], where, asked)
                assert asked['path'] in (['/health'] if probe != 'readinessProbe' or container['name'] == 'dashboard' else ['/ready'])


def check_bounds(things):
    """As the namespace's 'restricted' asks, and each has limits."""
    assert of_kind(things, 'Namespace')['rapporteur']['metadata']['labels']['pod-security.kubernetes.io/enforce'] == 'restricted'
    for pod in pods(things).values():
        spec = pod['spec']['template']['spec']
        assert spec['securityContext']['runAsNonRoot'] and spec['securityContext']['seccompProfile'] == {'type': 'RuntimeDefault'}
        assert spec['automountServiceAccountToken'] is False
        # RAPPORTEUR_..., which is what our options are called
        assert spec['enableServiceLinks'] is False
        for container in everyone(pod):
            assert container['securityContext'] == {'allowPrivilegeEscalation': False, 'readOnlyRootFilesystem': True,
                                                    'capabilities': {'drop': ['ALL']}}, container['name']
            assert 'memory' in container['resources']['limits'] and 'cpu' in container['resources']['requests']
    for name, pod in pods(things).items():
        for container in containers(pod):
            mounted = {mount['name'] for mount in container['volumeMounts']}
            others = {f'keys-{role}' for role in ('ingest', 'sink') if role != container['name']}
            assert not mounted & (others | {'secret-ingest', 'secret-sink', 'secret'}), (name, container['name'])


def check_schema(things):
    """Every field is one that Kubernetes knows, with a value of its kind; by the models of its Python client."""
    try:
        import kubernetes.client as client
    except ImportError:
        print('the fields were not held against the schema: python3-kubernetes is not installed')
        return
    latest = {'HorizontalPodAutoscaler': ('V2HorizontalPodAutoscaler', 'V2beta2HorizontalPodAutoscaler')}
    for thing in things:
        version = thing['apiVersion'].rsplit('/', 1)[-1]
        names = latest.get(thing['kind'], (version[0].upper() + version[1:] + thing['kind'],))
        name = next(name for name in names if hasattr(client, name))
        check_fields(client, name, thing, f'{thing["kind"]}/{thing["metadata"]["name"]}')


def check_fields(client, kind, value, place):
    """`kind` as the models name it: V1Pod, str, list[V1Container], dict(str, str), object."""
    if kind.startswith('list['):
        assert isinstance(value, list), place
        for number, item in enumerate(value):
            check_fields(client, kind[5:-1], item, f'{place}[{number}]')
    elif kind.startswith('dict('):
        assert isinstance(value, dict), place
        for key, item in value.items():
            check_fields(client, kind[5:-1].split(', ')[1], item, f'{place}.{key}')
    elif hasattr(client, kind):
        model = getattr(client, kind)
        names = {name: field for field, name in model.attribute_map.items()}
        assert isinstance(value, dict), place
        for key, item in value.items():
            assert key in names, f'{place}: {kind} has no field {key}'
            check_fields(client, model.openapi_types[names[key]], item, f'{place}.{key}')
    else:
        kinds = {'str': str, 'int': int, 'bool': bool, 'object': (str, int, dict)}
        assert isinstance(value, kinds.get(kind, object)), f'{place}: no {kind}'


# --- played on a Docker engine --------------------------------------------------------------------

class Pod:
    """A pod of the manifests as a kubelet makes it, of containers that share a network."""

    def __init__(self, things, name, tag, network, alias=None):
        self.things, self.pod, self.name, self.tag = things, pods(things)[name], f'{PLAY}-{name}', tag
        self.spec = self.pod['spec']['template']['spec']
        aliases = ['--network-alias', alias] if alias else []
        engine.run('docker', 'run', '-d', '--name', f'{self.name}-pause', '--network', network, *aliases, tag, 'sleep', 'infinity')
        self.volumes = {}
        for volume in self.spec['volumes'] + [claim['metadata'] for claim in self.pod['spec'].get('volumeClaimTemplates', [])]:
            self.make_volume(volume)

    def make_volume(self, volume):
        """Owned by root and the pod's group, as it is there."""
        name = f'{self.name}-{volume["name"]}'
        files, mode = {}, '2777'
        if 'secret' in volume:
            files = {key: base64.b64decode(value).decode() for key, value in of_kind(self.things, 'Secret')[volume['secret']['secretName']]['data'].items()}
        elif 'configMap' in volume:
            files = of_kind(self.things, 'ConfigMap')[volume['configMap']['name']]['data']
        group = self.spec['securityContext']['fsGroup']
        modes = '0440' if 'secret' in volume else '0644'
        write = ''.join(f'printf %s "$F{i}" >/v/{key}; chmod {modes} /v/{key}; chgrp {group} /v/{key}; ' for i, key in enumerate(files))
        given = [part for i, text in enumerate(files.values()) for part in ('-e', f'F{i}={text}')]
        engine.run('docker', 'run', '--rm', '--user', '0', '-v', f'{name}:/v', *given, self.tag, 'sh', '-ec',
                   f'{write} chown root:{group} /v; chmod {mode} /v')
        self.volumes[volume['name']] = name

    def command(self, container):
        bounds = self.spec['securityContext']
        mounts = sorted(container['volumeMounts'], key=lambda mount: mount['mountPath'])
        volumes = [part for mount in mounts for part in
                   ('-v', f'{self.volumes[mount["name"]]}:{mount["mountPath"]}:nocopy{",ro" if mount.get("readOnly") else ""}')]
        return ['docker', 'run', '--name', f'{self.name}-{container["name"]}', '--network', f'container:{self.name}-pause',
                '--user', f'{bounds["runAsUser"]}:{bounds["runAsGroup"]}', '--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges',
                '--memory', container['resources']['limits']['memory'].replace('Gi', 'g').replace('Mi', 'm'), *volumes]

    def start(self):
        for container in self.spec['initContainers']:
            engine.run(*self.command(container), self.tag, *container['command'])
        for container in self.spec['containers']:
            engine.run(*self.command(container), '-d', self.tag, *container['args'])

    def rapporteur(self, container, *arguments, **options):
        return engine.run('docker', 'exec', '-i', f'{self.name}-{container}', 'rapporteur', *arguments, **options)

    def probe(self, container, which):
        asked = next(one for one in self.spec['containers'] if one['name'] == container)[which]['httpGet']
        url = f'http://127.0.0.1:{ports(self.pod)[asked["port"]]}'
        more = ['--ready'] if asked['path'] == '/ready' else []
        return self.rapporteur(container, 'health', '--url', url, *more, check=False).returncode == 0


def play(folder):
    tag = engine.build('rapporteur:test')
    shutil.rmtree(os.path.join(folder, 'keys'))
    os.mkdir(os.path.join(folder, 'keys'))
    engine.run('docker', 'run', '--rm', '--network', 'none', '--user', f'{os.getuid()}:{os.getgid()}',
               '-v', f'{folder}/keys:/keys', tag, 'rapporteur-keys', '/keys')
    things = render(folder)
    try:
        engine.run('docker', 'network', 'create', '--internal', PLAY)
        service, worker = Pod(things, 'rapporteur', tag, PLAY, alias='rapporteur'), Pod(things, 'worker', tag, PLAY)
        for pod in (service, worker):
            pod.start()
        for pod, names in ((service, ('sink', 'ingest', 'dashboard')), (worker, ('worker',))):
            for name in names:
                for which in ('livenessProbe', 'readinessProbe'):
                    engine.wait(lambda: pod.probe(name, which), f'{which} of {name}')
        service.rapporteur('ingest', 'submit', '-', input='Decision 12\n\n1. The Board decides to meet in Lima in 2031.\n')
        engine.wait(lambda: json.loads(service.rapporteur('ingest', 'status', '--json').stdout)['documents'].get('complete') == 1, 'it is stored')
        service.rapporteur('ingest', 'audit')
        print('played: two pods, every probe answered, a document stored, the books balance')
    except BaseException:
        for name in engine.run('docker', 'ps', '-a', '--format', '{{.Names}}', '--filter', f'name={PLAY}').stdout.split():
            done = engine.run('docker', 'logs', '--tail', '12', name, check=False)
            print(f'--- {name}\n{done.stdout}{done.stderr}')
        raise
    finally:
        names = engine.run('docker', 'ps', '-aq', '--filter', f'name={PLAY}').stdout.split()
        engine.run('docker', 'rm', '-f', *names, check=False)
        volumes = engine.run('docker', 'volume', 'ls', '-q', '--filter', f'name={PLAY}').stdout.split()
        engine.run('docker', 'volume', 'rm', *volumes, check=False)
        engine.run('docker', 'network', 'rm', PLAY, check=False)


def main():
    if not shutil.which('kubectl'):
        engine.skip('no kubectl is installed')
    told = json.loads(engine.run('kubectl', 'version', '--client', '-o', 'json', check=False).stdout or '{}').get('kustomizeVersion', 'v0')
    if int(re.match(r'v(\d+)', told).group(1)) < 5:
        engine.skip(f'this kubectl has kustomize {told}; labels in templates need v5')
    top = tempfile.mkdtemp()
    folder = os.path.join(top, 'kubernetes')
    try:
        shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns('keys'))
        for name in KEYS:
            os.makedirs(os.path.join(folder, 'keys', os.path.dirname(name)), exist_ok=True)
            with open(os.path.join(folder, 'keys', name), 'w', encoding='ascii') as file:
                file.write('x')
        things = render(folder)
        for check in (check_names, check_ports, check_probes, check_bounds, check_schema):
            check(things)
        print(f'{len(things)} manifests agree with each other')
        if '--static' not in sys.argv:
            engine.base()
            play(folder)
    finally:
        shutil.rmtree(top)


if __name__ == '__main__':
    sys.exit(main())

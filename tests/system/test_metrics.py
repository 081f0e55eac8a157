"""Metrics, health and readiness: the pages of the daemons, what is documented of them, alarms, a real Prometheus."""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

import command
from command import CommandTest, harness

DOCUMENT = os.path.join(harness.ROOT, 'doc', 'metrics.md')
RULES = os.path.join(harness.ROOT, 'deploy', 'prometheus', 'rapporteur.rules.yml')
BOARD = os.path.join(harness.ROOT, 'deploy', 'grafana', 'rapporteur.json')
DAEMONS = ('ingest', 'worker', 'sink')


def fetch(port, page='/metrics', method='GET'):
    """Status and body."""
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=30)
    try:
        connection.request(method, page)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def samples(page):
    """name{labels} -> value."""
    return {name: float(value) for name, value in re.findall(r'^([a-z_]\w*(?:\{.*\})?) (\S+)$', page, re.M)}


def names(page):
    return set(re.findall(r'^# TYPE (\w+) ', page, re.M))


def documented():
    with open(DOCUMENT, encoding='utf8') as document:
        return {name: kind for name, kind in re.findall(r'^\| `(\w+)` \| (\w+) \|', document.read(), re.M)}


def wait_for(fact, what, seconds=60):
    end = time.monotonic() + seconds
    seen = fact()
    while not seen and time.monotonic() < end:
        time.sleep(0.02)
        seen = fact()
    if not seen:
        raise AssertionError(f'not within {seconds} s: {what}')
    return seen


class ServiceTest(CommandTest):
    def serve(self, *more):
        """A service with its three pages."""
        port = harness.free_ports(3)
        self.ports = dict(zip(DAEMONS, range(port, port + 3)))
        return self.up('service', '--metrics', str(port), *more)

    def pages(self):
        return {daemon: fetch(port)[1] for daemon, port in self.ports.items()}

    def fill(self):
        files = harness.sample_files()
        self.rapporteur('submit', '--data', 'service', *files)
        self.wait_idle()
        self.rapporteur('audit', '--data', 'service')
        self.rapporteur('fsck', '--data', 'service')
        wait_for(lambda: samples(fetch(self.ports['sink'])[1])['rapporteur_sink_documents_settled_total'] == len(files)
                 and samples(fetch(self.ports['ingest'])[1])['rapporteur_ingest_documents{state="complete"}'] == len(files), 'all is counted')
        return files

    def daemons(self, service):
        """Process numbers by the name of the daemon."""
        found = {}
        for pid in harness.children_of(service.pid):
            with open(f'/proc/{pid}/cmdline', encoding='utf8') as line:
                found[os.path.basename(line.read().split('\0')[0]).removeprefix('rapporteur-')] = pid
        return found


class MetricsTest(ServiceTest):
    def children(self, service):
        found = []
        for pid in harness.children_of(self.daemons(service)['worker']):
            with open(f'/proc/{pid}/comm', encoding='utf8') as comm:
                if comm.read().startswith('rap-worker/'):
                    found.append(pid)
        return found

    def test_the_numbers_are_those_of_the_work(self):
        service = self.serve('--workers', '2')
        files = self.fill()
        pages = self.pages()
        ingest, worker, sink = (samples(pages[daemon]) for daemon in DAEMONS)
        self.assertEqual(ingest['rapporteur_ingest_documents_taken_total'], len(files))
        self.assertEqual(ingest['rapporteur_ingest_taken_bytes_total'], sum(os.path.getsize(file) for file in files))
        self.assertEqual(ingest['rapporteur_ingest_documents_read_total'], len(files))
        self.assertEqual(ingest['rapporteur_ingest_documents_settled_total'], len(files))
        self.assertEqual(ingest['rapporteur_ingest_document_seconds_count'], len(files))
        self.assertEqual(ingest['rapporteur_ingest_reading_seconds_count'], len(files))
        self.assertEqual(ingest['rapporteur_ingest_backlog_bytes'], 0)
        self.assertEqual(ingest['rapporteur_ingest_workers'], 2)
        self.assertGreater(ingest['rapporteur_ingest_commit_seconds_sum'], 0)
        chunks = ingest['rapporteur_ingest_chunks{state="stored"}']
        self.assertGreater(chunks, 100)
        self.assertEqual(worker['rapporteur_worker_chunks_total'], chunks)
        self.assertEqual(worker['rapporteur_worker_children'], 2)
        self.assertEqual(sink['rapporteur_sink_chunks_stored_total'], chunks)
        self.assertEqual(ingest['rapporteur_ingest_chunks_receipted_total'], chunks)
        self.assertEqual(sink['rapporteur_sink_group_chunks_sum'], chunks)
        for kind in ('citation', 'actor', 'clause'):
            found = sink[f'rapporteur_sink_findings_total{{kind="{kind}"}}']
            self.assertGreater(found, 0)
            self.assertEqual(worker[f'rapporteur_worker_findings_total{{kind="{kind}"}}'], found)
        self.assertEqual(sink['rapporteur_check_ok{check="audit"}'], 1)
        self.assertEqual(sink['rapporteur_check_ok{check="fsck"}'], 1)
        self.assertGreater(sink['rapporteur_disk_free_bytes'], 0)
        self.assertGreater(sink['rapporteur_file_bytes{file="database"}'], 0)
        self.assertGreater(worker['rapporteur_worker_cpu_seconds_total'], 0)
        for page in pages.values():
            self.assertEqual(samples(page)['rapporteur_healthy'], 1)
            self.assertNotIn('Secretary', page)
        self.end(service)

    def test_what_is_documented_is_there_and_the_other_way_round(self):
        service = self.serve()
        self.fill()
        pages = self.pages()
        there = set().union(*map(names, pages.values()))
        wanted = documented()
        self.assertEqual(there - set(wanted), set(), 'not documented')
        self.assertEqual(set(wanted) - there - {'process_open_fds'}, set(), 'documented, but not there')
        for page in pages.values():
            for name, kind in re.findall(r'^# TYPE (\w+) (\w+)', page, re.M):
                self.assertEqual(wanted[name], kind)
            if shutil.which('promtool'):
                done = subprocess.run(['promtool', 'check', 'metrics'], input=page, capture_output=True, text=True, check=False)
                self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ''))
        self.end(service)

    def test_a_dead_childs_counts_stay(self):
        service = self.serve('--workers', '2')
        self.fill()
        before = samples(fetch(self.ports['worker'])[1])
        os.kill(self.children(service)[0], signal.SIGKILL)
        after = wait_for(lambda: (page := samples(fetch(self.ports['worker'])[1]))['rapporteur_worker_children_ended_total{how="killed"}'] == 1
                         and page['rapporteur_worker_children'] == 2 and page, 'the death, and another child')
        self.assertEqual(after['rapporteur_worker_chunks_total'], before['rapporteur_worker_chunks_total'])
        wait_for(lambda: samples(fetch(self.ports['ingest'])[1])['rapporteur_ingest_leases_lost_total'] >= 1, 'the lease that it lost')
        self.end(service)

    def test_requests_are_bounded(self):
        service = self.serve()
        port = self.ports['ingest']
        self.assertEqual(fetch(port, '/metrics', 'POST')[0], 405)
        self.assertEqual(fetch(port, '/metrics', 'DELETE')[0], 405)
        self.assertEqual(fetch(port, '/../../etc/passwd')[0], 404)
        self.assertEqual(fetch(port, '/')[0], 404)
        self.assertEqual(fetch(port, '/metrics', 'HEAD'), (200, ''))
        for hostile in (b'\0' * 100000, b'GET /' + b'a' * 100000 + b' HTTP/1.1\r\n\r\n', b'GET / HTTP/9.9\r\n\r\n', b'\r\n' * 5000,
                        b'GET /metrics HTTP/1.1\r\n' + b'X: ' + b'y' * 50000 + b'\r\n\r\n',
                        b'POST /metrics HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n' + b'z' * 100000,
                        b'GET /metrics HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n'):
            with socket.create_connection(('127.0.0.1', port), timeout=30) as stranger:
                try:
                    stranger.sendall(hostile)
                    stranger.shutdown(socket.SHUT_WR)
                    while stranger.recv(65536):
                        pass  # an answer or none; but an end
                except OSError:
                    pass
        crowd = []
        for _ in range(40):  # more than are served at once: they go, or have to wait
            crowd.append(socket.create_connection(('127.0.0.1', port), timeout=30))
        for stranger in crowd:
            stranger.close()
        wait_for(lambda: fetch(port)[0] == 200, 'it serves on')
        #  A byte now and then does not hold a place for ever.
        with socket.create_connection(('127.0.0.1', port), timeout=60) as slow:
            slow.sendall(b'GET /metr')
            slow.settimeout(1)
            ended = False
            for _ in range(40):
                try:
                    slow.sendall(b'i')
                    ended = slow.recv(100) == b'' or ended
                except socket.timeout:
                    continue
                except OSError:
                    ended = True
                if ended:
                    break
            self.assertTrue(ended)
        self.end(service)

    def test_addresses(self):
        with socket.socket() as taken:
            taken.bind(('127.0.0.1', 0))
            taken.listen()
            for address, said in ((str(taken.getsockname()[1]), 'Address already in use'), ('0', 'not PORT'), ('70000', 'not PORT'), ('nonsense', 'not PORT'),
                                  ('no.such.host.invalid:1234', '--metrics'), ('unix:', 'no path'), ('unix:' + 'x' * 200, 'too long')):
                done = subprocess.run([os.path.join(command.BINARIES, 'rapporteur-sink'), '--db', self.path('x.db'), '--metrics', address,
                                       '--results', f'ipc://{self.path("r")}', '--receipts', f'ipc://{self.path("s")}'],
                                      capture_output=True, text=True, check=False, env=self.environment)
                self.assertEqual(done.returncode, 1, address)
                self.assertIn('metrics.unusable', done.stderr)
                self.assertIn(said, done.stderr)
        self.assertIn('not PORT', self.rapporteur('up', '--data', 'service', '--metrics', 'nonsense', expect=1).stderr)

    def sink(self, *more, shell='exec "$0" "$@"', **popen):
        read_end, write_end = os.pipe()
        process = subprocess.Popen(['/bin/sh', '-c', shell, os.path.join(command.BINARIES, 'rapporteur-sink'), '--db', self.path('x.db'),
                                    '--results', f'ipc://{self.path("r")}', '--receipts', f'ipc://{self.path("s")}', '--ready-fd', str(write_end), *more],
                                   env={**self.environment, **popen.pop('environment', {})}, stderr=subprocess.DEVNULL,
                                   pass_fds=(write_end, *popen.pop('pass_fds', ())), **popen)
        self.services.append(process)
        os.close(write_end)
        with os.fdopen(read_end, 'rb') as ready:
            self.assertEqual(ready.read(6), b'READY\n')
        return process

    def test_a_socket_in_the_file_system(self):
        for _ in range(2):  # the second time over what the first left behind
            process = self.sink('--metrics', 'unix:' + self.path('m'))
            done = self.rapporteur('health', '--url', 'unix:' + self.path('m'))
            self.assertEqual(done.stdout, 'ok\n')
            process.kill()
            process.wait()
        wait_for(lambda: 'nobody answers' in self.rapporteur('health', '--url', 'unix:' + self.path('m'), expect=None).stderr, 'the page ends, too')

    def test_a_socket_handed_over_by_systemd(self):
        with socket.socket() as listening:
            listening.bind(('127.0.0.1', 0))
            listening.listen()
            port, number = listening.getsockname()[1], listening.fileno()
            self.sink(shell=f'exec 3<&{number}; LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"', pass_fds=(number,))
        self.assertIn('rapporteur_sink_results_total 0', fetch(port)[1])

    def test_it_says_when_it_stands_still(self):
        port = harness.free_ports(1)
        process = self.sink('--metrics', str(port), '--stuck-after', '1')
        url = f'http://127.0.0.1:{port}/'
        wait_for(lambda: fetch(port, '/ready') == (200, 'ok\n'), 'it is ready')
        os.kill(process.pid, signal.SIGSTOP)
        wait_for(lambda: fetch(port, '/health')[0] == 503, 'that it is stopped is seen')
        self.assertRegex(fetch(port, '/ready')[1], 'stuck: the loop has stood still for [0-9]+ s\n')
        self.assertEqual(samples(fetch(port)[1])['rapporteur_healthy'], 0)
        self.assertIn('stood still', self.rapporteur('health', '--url', url, expect=1).stdout)
        os.kill(process.pid, signal.SIGCONT)
        wait_for(lambda: fetch(port, '/health') == (200, 'ok\n'), 'that it goes on is seen')
        wait_for(lambda: self.rapporteur('health', '--url', url, expect=None).stdout == 'ok\n', 'health says so')

    def test_readiness_says_what_is_missing(self):
        service = self.serve()
        self.fill()
        self.assertEqual(self.rapporteur('health', '--data', 'service', '--ready').stdout, 'ok\n')
        daemons = self.daemons(service)
        os.kill(daemons['sink'], signal.SIGSTOP)
        wait_for(lambda: fetch(self.ports['ingest'], '/ready')[0] == 503, 'that the sink is not heard of')
        self.assertIn('the sink is not heard of', fetch(self.ports['ingest'], '/ready')[1])
        self.assertEqual(fetch(self.ports['ingest'], '/health')[0], 200)  # a restart of ingest would not help
        self.assertIn('the sink is not heard of', self.rapporteur('health', '--data', 'service', '--ready', expect=1).stdout)
        self.rapporteur('health', '--data', 'service')
        os.kill(daemons['sink'], signal.SIGCONT)
        wait_for(lambda: fetch(self.ports['ingest'], '/ready')[0] == 200, 'that it is back')
        os.kill(daemons['worker'], signal.SIGSTOP)  # which starts no other children then
        for child in self.children(service):
            os.kill(child, signal.SIGKILL)
        self.write('more.txt', command.RESOLUTION)
        self.rapporteur('submit', '--data', 'service', 'more.txt')
        wait_for(lambda: fetch(self.ports['ingest'], '/ready')[1] == 'there is a backlog, and no worker\n', 'that there is no worker')
        self.assertIn('no worker', self.rapporteur('health', '--data', 'service', '--ready', expect=1).stdout)
        os.kill(daemons['worker'], signal.SIGCONT)
        self.wait_idle()
        self.end(service)
        self.assertRegex(self.rapporteur('health', '--data', 'service', expect=1).stdout, 'not running|does not answer')


@unittest.skipUnless(shutil.which('promtool'), 'skipped: promtool (package prometheus) is not installed')
class AlarmTest(CommandTest):
    def promtool(self, *arguments):
        done = subprocess.run(['promtool', *arguments], cwd=os.path.dirname(RULES), capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_rules(self):
        self.promtool('check', 'rules', 'rapporteur.rules.yml')
        self.promtool('check', 'config', 'prometheus.yml')
        self.promtool('test', 'rules', 'rapporteur.test.yml')

    def test_each_alarm_is_tested_and_explained(self):
        with open(RULES, encoding='utf8') as rules:
            alarms = re.findall(r'alert: (\w+)', rules.read())
        with open(RULES.replace('.rules.', '.test.'), encoding='utf8') as tests:
            tested = re.findall(r'alertname: (\w+)\n.*\n *exp_alerts:(.*)', tests.read())
        with open(os.path.join(harness.ROOT, 'doc', 'operations.md'), encoding='utf8') as manual:
            explained = re.findall(r'^\| `(Rapporteur\w+)` \|', manual.read(), re.M)
        self.assertEqual(sorted(alarms), sorted(name for name, quiet in tested if not quiet), 'an alarm that never fires in a test')
        self.assertEqual(sorted(alarms), sorted(name for name, quiet in tested if quiet), 'an alarm that always fires')
        self.assertEqual(alarms, explained)


class NamesTest(unittest.TestCase):
    """What alarms and board ask for is there."""
    def known(self, text):
        wanted = documented()
        for name in set(re.findall(r'\b((?:rapporteur|process)_\w+)', text)):
            base = re.sub(r'_(bucket|sum|count)$', '', name)
            self.assertTrue(name in wanted or wanted.get(base) == 'histogram', name)

    def test_alarms(self):
        with open(RULES, encoding='utf8') as rules:
            self.known(rules.read())

    def test_board(self):
        with open(BOARD, encoding='utf8') as file:
            board = json.load(file)
        self.assertGreater(len(board['panels']), 10)
        places = set()
        for panel in board['panels']:
            place = panel['gridPos']
            self.assertLessEqual(place['x'] + place['w'], 24)
            self.assertNotIn((place['x'], place['y']), places)
            places.add((place['x'], place['y']))
            for target in panel['targets']:
                self.assertIn('rapporteur', target['expr'])
                self.known(target['expr'])


@unittest.skipUnless(shutil.which('prometheus'), 'skipped: Prometheus is not installed')
class PrometheusTest(ServiceTest):
    """A real Prometheus asks a real service."""
    def ask(self, page, **query):
        address = f'http://127.0.0.1:{self.port}/api/v1/{page}?{urllib.parse.urlencode(query)}'
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                return json.load(answer)['data']
        except (urllib.error.URLError, ConnectionError):
            return None

    def test_it_is_scraped(self):
        service = self.serve('--workers', '2')
        self.port = harness.free_ports(1)
        with open(os.path.join(os.path.dirname(RULES), 'prometheus.yml'), encoding='utf8') as file:
            config = file.read().replace('15s', '1s')
        for index, daemon in enumerate(DAEMONS):
            config = config.replace(f'127.0.0.1:{9761 + index}', f'127.0.0.1:{self.ports[daemon]}')
        self.write('prometheus.yml', config)
        shutil.copy(RULES, self.folder)
        with open(self.path('prometheus.log'), 'wb') as log:
            self.services.append(subprocess.Popen(['prometheus', '--config.file', self.path('prometheus.yml'), '--storage.tsdb.path', self.path('tsdb'),
                                                   '--web.listen-address', f'127.0.0.1:{self.port}'], stdout=log, stderr=log))
        files = self.fill()
        wait_for(lambda: (found := self.ask('query', query='rapporteur_ingest_documents_settled_total')) and found['result']
                 and float(found['result'][0]['value'][1]) == len(files), 'the documents in Prometheus')
        wanted = {name if kind != 'histogram' else name + '_bucket' for name, kind in documented().items()} - {'process_open_fds'}
        wait_for(lambda: wanted <= set(self.ask('label/__name__/values')), f'{wanted} in Prometheus')
        targets = self.ask('targets')['activeTargets']
        self.assertEqual([target['health'] for target in targets], ['up'] * 3, targets)
        rules = self.ask('rules')['groups'][0]['rules']
        self.assertGreater(len(rules), 20)
        wait_for(lambda: all(rule['health'] == 'ok' for rule in self.ask('rules')['groups'][0]['rules']), 'all rules were evaluated')
        firing = [alarm['labels']['alertname'] for alarm in self.ask('alerts')['alerts'] if alarm['state'] == 'firing']
        self.assertEqual([name for name in firing if not name.startswith('RapporteurDisk')], [])
        self.end(service)


if __name__ == '__main__':
    command.main()

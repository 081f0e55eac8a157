"""Configuration: who says what counts, what is wrong with a file, what SIGHUP changes; and completion in real shells."""
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess

import command
from command import RESOLUTION, CommandTest, harness


class ConfigTest(CommandTest):
    def daemon(self, name, *arguments, expect=0, **environment):
        done = subprocess.run([os.path.join(command.BINARIES, 'rapporteur-' + name), *arguments], capture_output=True, text=True, check=False,
                              cwd=self.folder, env={**self.environment, **environment}, timeout=60, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done

    def in_force(self, name, option, *arguments, **environment):
        """The value of an option and who set it."""
        text = self.daemon(name, '--print-config', *arguments, **environment).stdout
        value, where = re.search(rf'^    #?{option}(?: = (.*?))? *# (.*)$', text, re.M).groups()
        return (value or '').strip(), where

    def test_flag_then_environment_then_file_then_default(self):
        file = self.write('rapporteur.conf', 'common\n    give-up = 11\n    log = warn\nsink\n    give-up = 2m\n')
        self.assertEqual(self.in_force('sink', 'give-up'), ('60', 'default'))
        self.environment['RAPPORTEUR_CONFIG'] = file
        self.assertEqual(self.in_force('ingest', 'give-up'), ('11', file + ':2'))
        self.assertEqual(self.in_force('sink', 'give-up'), ('120', file + ':5'))
        self.assertEqual(self.in_force('sink', 'give-up', RAPPORTEUR_GIVE_UP='33'), ('33', '$RAPPORTEUR_GIVE_UP'))
        both = {'RAPPORTEUR_GIVE_UP': '33', 'RAPPORTEUR_SINK_GIVE_UP': '44'}
        self.assertEqual(self.in_force('sink', 'give-up', **both), ('44', '$RAPPORTEUR_SINK_GIVE_UP'))
        self.assertEqual(self.in_force('ingest', 'give-up', **both), ('33', '$RAPPORTEUR_GIVE_UP'))
        self.assertEqual(self.in_force('sink', 'give-up', '--give-up', '55', **both), ('55', 'flag'))
        self.assertEqual(self.in_force('sink', 'give-up', '--config', 'none'), ('60', 'default'))
        self.assertEqual(self.in_force('sink', 'allow-plain', RAPPORTEUR_ALLOW_PLAIN='yes'), ('yes', '$RAPPORTEUR_ALLOW_PLAIN'))
        self.assertEqual(self.in_force('sink', 'allow-plain', '--allow-plain=no', RAPPORTEUR_ALLOW_PLAIN='yes'), ('no', 'flag'))

    def test_the_folder_of_the_data_has_a_file(self):
        self.write('service/rapporteur.conf', 'up\n    workers = 3\ncommon\n    data = elsewhere\n')
        told = self.rapporteur('config', '--data', 'service').stdout
        self.assertRegex(told, r'(?m)^    workers = 3 +# service/rapporteur.conf:2$')
        self.assertRegex(told, r'(?m)^    children = 3 +# service/rapporteur.conf:2$')

    def test_a_database_on_the_command_line_is_not_put_off_by_a_folder_elsewhere(self):
        self.environment['RAPPORTEUR_DATA'] = 'service'
        self.assertIn('other.db', self.rapporteur('status', '--db', 'other.db', expect=None).stderr
                      + self.rapporteur('show', '--db', 'other.db', 'x', expect=None).stderr)

    def test_faults_name_file_line_and_fix(self):
        for text, daemon, said in (
                ('worker\n    chidren = 2\n', 'worker', ":2: worker has no option 'chidren'; did you mean 'children'?"),
                ('worker\n    children = 0\n', 'worker', ":2: 'children' 0 is out of bounds: from 1 to 1024"),
                ('worker\n    children = many\n', 'worker', ":2: 'children' takes a whole number"),
                ('common\n\n    log = loud\n', 'sink', ":3: 'log' is one of: error warn info debug"),
                ('sink\n    allow-plain = perhaps\n', 'sink', ":2: 'allow-plain' takes yes or no"),
                ('sink\n  log = info\n', 'sink', ':2: indented by 2 spaces'),
                ('sink\n    ready-fd = 3\n', 'sink', ":2: 'ready-fd' is for the command line alone")):
            file = self.write('c', text)
            self.assertIn(file + said, self.daemon(daemon, '--check-config', '--config', file, expect=2).stderr)
            self.assertIn(file + said, self.rapporteur('config', '--check', '--config', file, expect=2).stderr)
        for text, said in (('ingset\n    log = info\n', ":1: no program has the section 'ingset'; the nearest is 'ingest'"),
                           ('common\n    lgo = info\n', ":2: no program has an option 'lgo'; the nearest is 'log'")):
            file = self.write('c', text)
            self.assertIn(file + said, self.rapporteur('up', '--check-config', '--config', file, expect=2).stderr)
        self.assertIn('no such file', self.daemon('sink', '--check-config', '--config', 'nowhere', expect=2).stderr)
        self.assertIn('RAPPORTEUR_GIVE_UP in the environment', self.daemon('sink', '--check-config', expect=2, RAPPORTEUR_GIVE_UP='0').stderr)

    def test_the_example_is_good_as_it_is_and_with_its_defaults(self):
        example = self.rapporteur('config', '--example').stdout
        self.write('c', example)
        self.assertIn('good', self.rapporteur('config', '--check', '--config', 'c').stdout)
        bare = re.sub(r'(?m)^    #([a-z-]+ = (?:[0-9]+|yes|no))$', r'    \1', example)
        self.assertNotEqual(bare, example)
        self.write('c', bare)
        self.assertIn('good', self.rapporteur('config', '--check', '--config', 'c').stdout)
        self.assertRegex(example, r'(?m)^    #give-up = 60$')


class ReloadTest(CommandTest):
    def hang_up(self, service, pattern):
        """SIGHUP, and until the log says what comes of it."""
        service.send_signal(signal.SIGHUP)
        self.wait_log(service, pattern)

    def wait_log(self, service, pattern):
        while not re.search(pattern, self.read('up.log')):
            self.assertIsNone(service.poll(), self.read('up.log')[-2000:])
            select.select([], [], [], 0.02)

    def read(self, name):
        with open(self.path(name), encoding='utf8') as file:
            return file.read()

    def workers(self, service):
        for pid in harness.children_of(service.pid):
            with open(f'/proc/{pid}/comm', encoding='utf8') as comm:
                if comm.read().startswith('rapporteur-work'):
                    return harness.children_of(pid)
        return []

    def wait_workers(self, service, count):
        while len(self.workers(service)) != count:
            self.assertIsNone(service.poll())
            select.select([], [], [], 0.02)

    def test_what_a_running_service_takes_up(self):
        del self.environment['RAPPORTEUR_RULES']
        shutil.copytree(harness.RULES, self.path('rules'))
        conf = 'up\n    workers = %d\n    rules = %s\ncommon\n    log = %s\nsink\n    give-up = 30\n'
        self.write('service/rapporteur.conf', conf % (1, self.path('rules'), 'info'))
        service = self.up()
        self.wait_workers(service, 1)
        # more children
        self.write('service/rapporteur.conf', conf % (3, self.path('rules'), 'info'))
        self.hang_up(service, r'worker worker.resized children=3 before=1')
        self.wait_workers(service, 3)
        # other rules, in the same files: children and readers one after the other
        before = self.workers(service)
        with open(self.path('rules', 'themes.tsv'), 'a', encoding='utf8') as table:
            table.write('# nothing new, but not the same\n')
        self.hang_up(service, r'worker rules.renewed')
        self.wait_log(service, r'ingest rules.renewed')
        while set(before) & set(self.workers(service)):
            select.select([], [], [], 0.02)
        renewed = re.search(r'ingest rules.renewed pipeline=(\S+)', self.read('up.log')).group(1)
        self.rapporteur('submit', '--data', 'service', self.write('a.txt', RESOLUTION))
        self.environment['RAPPORTEUR_DATA'] = 'service'
        self.wait_idle()
        self.assertIn(renewed, json.dumps(self.json('status')))
        # rules that cannot be used change nothing
        self.write('rules/themes.tsv', 'no\ttable\n\x00')
        self.hang_up(service, r'worker rules.unusable')
        self.wait_log(service, r'ingest rules.unusable')
        # a faulty file changes nothing
        self.write('service/rapporteur.conf', 'up\n    workers = none\n')
        self.hang_up(service, r'worker config.refused reason="\S*rapporteur.conf:2: ')
        self.assertEqual(len(self.workers(service)), 3)
        # fewer children, less log; and what needs a new start
        self.write('service/rapporteur.conf', conf % (2, self.path('rules'), 'warn') + '    allow-plain = yes\n')
        self.hang_up(service, r'sink config.needs_restart option=allow-plain value=yes')
        self.wait_workers(service, 2)
        self.rapporteur('submit', '--data', 'service', self.write('b.txt', RESOLUTION + 'And more.\n'))
        self.wait_idle()
        books = self.json('audit')
        self.assertEqual((books['balanced'], books['taken'], books['stored']), (True, 2, 2))
        log = self.end(service)
        self.assertNotIn('daemon.ended', log)
        self.assertNotIn('sink.ended', log)  # info, which was switched off


class DrainTest(CommandTest):
    def test_a_hung_child_holds_nobody_up_for_long(self):
        """SIGTERM while a child hangs: its parent ends within its ten seconds, and what was under way stays in the books."""
        if not os.path.exists(os.path.join(command.BINARIES, 'rapporteur-worker-faulty')):
            self.skipTest('no worker with faults was built')
        pipeline = harness.Pipeline(command.BINARIES, self.path('p'), workers=2)
        self.addCleanup(lambda: [process.kill() for process in pipeline.running.values()])
        flags = pipeline.command
        pipeline.command = lambda kind: [word + '-faulty' if word.endswith('/rapporteur-worker') else word for word in flags(kind)]
        os.environ['RAPPORTEUR_FAULT_CHUNK'] = 'lamps lit:hang'
        self.addCleanup(os.environ.pop, 'RAPPORTEUR_FAULT_CHUNK')
        pipeline.start_all()
        pipeline.submit(self.write('a.txt', RESOLUTION), *harness.sample_files())
        while 'how=hung' not in pipeline.log('worker'):
            select.select([], [], [], 0.05)
        self.assertEqual(pipeline.stop('worker', seconds=30), 0)
        self.assertEqual((pipeline.stop('ingest', seconds=30), pipeline.stop('sink', seconds=30)), (0, 0))
        books, _ = pipeline.audit()
        self.assertEqual((books['balanced'], books['taken']), (True, 1 + len(harness.sample_files())))

    def test_the_life_of_a_document_is_one_grep(self):
        """Text or JSON: all that happens to a document, in all daemons, carries its id."""
        service = self.up('service', '--log-format', 'json')
        self.rapporteur('submit', '--data', 'service', self.write('a.txt', RESOLUTION))
        self.wait_idle()
        document = self.json('show', '--data', 'service', 'A/RES/95/12')['document_id']
        events = [json.loads(line) for line in self.end(service).splitlines() if line.startswith('{')]
        life = [(event['program'], event['event']) for event in events if event.get('document') == document]
        for step in (('ingest', 'document.answered'), ('ingest', 'document.read'), ('sink', 'document.settled'), ('ingest', 'document.closed')):
            self.assertIn(step, life)


class CompletionTest(CommandTest):
    def complete(self, *words):
        """What bash offers for the last of the words."""
        script = ('source <("$0" completion bash); compopt() { :; }; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _rapporteur; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(['bash', '--norc', '-c', script, os.path.join(command.BINARIES, 'rapporteur'), *words], capture_output=True,
                              text=True, check=True, cwd=self.folder, timeout=60,
                              env={**self.environment, 'PATH': command.BINARIES + ':' + os.environ['PATH']})
        self.assertEqual(done.stderr, '')
        return sorted(word for word in done.stdout.split('\n') if word)

    def test_bash(self):
        self.assertEqual(self.complete('rapporteur', 'sta'), ['status'])
        self.assertIn('--children', self.complete('rapporteur-worker', '--'))
        self.assertEqual(self.complete('rapporteur-sink', '--log', ''), ['debug', 'error', 'info', 'warn'])
        self.assertEqual(self.complete('rapporteur', 'quarantine', 'rel'), ['release'])
        os.makedirs(self.path('folder'))
        self.write('file', '')
        self.assertEqual(self.complete('rapporteur', 'up', '--data', 'f'), ['folder'])
        self.assertEqual(self.complete('rapporteur', 'run', 'f'), ['file', 'folder'])
        self.rapporteur('run', '--db', 'x.db', self.write('a.txt', RESOLUTION))
        self.assertEqual(self.complete('rapporteur', 'show', '--db', 'x.db', 'A/'), ['A/RES/95/12'])

    def type(self, shell, lines, until):
        """Types into a shell on a terminal of its own, until it shows what is waited for."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ.update(self.environment, PATH=command.BINARIES + ':' + os.environ['PATH'], TERM='dumb', PS1='$ ')
            os.execvp(shell[0], shell)
        shown = b''
        try:
            os.write(terminal, lines.encode())
            while not re.search(until, shown):
                self.assertTrue(select.select([terminal], [], [], 60)[0], shown)
                shown += os.read(terminal, 4096)
        finally:
            os.kill(pid, signal.SIGKILL)
            os.close(terminal)
            os.waitpid(pid, 0)

    def test_bash_on_a_terminal(self):
        self.type(['bash', '--norc', '--noprofile', '-i'], 'source <(rapporteur completion bash)\nrapporteur quarantine rel\t', rb'quarantine release')

    def test_zsh_on_a_terminal(self):
        if not shutil.which('zsh'):
            self.skipTest('zsh is not installed')
        with open(self.path('_rapporteur'), 'w', encoding='utf8') as file:
            file.write(self.rapporteur('completion', 'zsh').stdout)
        begin = f'fpath=({self.folder} $fpath); autoload -Uz compinit; compinit -u -D\n'
        self.type(['zsh', '-f', '-i'], begin + 'rapporteur quar\t', rb'rapporteur quarantine')
        self.type(['zsh', '-f', '-i'], begin + 'rapporteur-worker --child\t', rb'worker --children')


if __name__ == '__main__':
    command.main()

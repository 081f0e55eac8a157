"""command: what the tests of the command share: running it in a folder of its own, and documents to run it on."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import harness  # noqa: E402  (found by the line above)

BINARIES = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else '.'


def fed(*lines):
    return '\n\n'.join(lines) + '\n'


#  A small resolution of our own.
RESOLUTION = fed('United Nations', 'A/RES/95/12', 'Resolution adopted by the General Assembly on 1 December 2040',
                 '95/12. Lighthouses', 'The General Assembly,', 'Recalling its resolution 94/3 of 2 December 2039,',
                 '1. Requests the Secretary-General to report on 12 lighthouses in Kenya by 2041;',
                 '2. Encourages Member States to keep their lamps lit.')


class CommandTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='rapporteur-system.')
        self.environment = dict(os.environ, RAPPORTEUR_RULES=harness.RULES, NO_COLOR='1', XDG_CACHE_HOME=self.path('cache'))
        self.environment.pop('RAPPORTEUR_DATA', None)
        self.services = []
        self.addCleanup(self.clean_up)  # also where the rest of a setUp fails

    def clean_up(self):
        for service in self.services:
            if service.poll() is None:
                service.kill()
            service.wait()
        shutil.rmtree(self.folder)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), 'wb') as file:
            file.write(text.encode() if isinstance(text, str) else text)
        return self.path(name)

    def rapporteur(self, *arguments, expect=0, **more):
        more.setdefault('stdin', subprocess.DEVNULL)
        if 'input' in more:
            del more['stdin']
        done = subprocess.run([os.path.join(BINARIES, 'rapporteur'), *arguments], capture_output=True, text=True, check=False,
                              cwd=self.folder, env=self.environment, timeout=300, **more)
        if expect is not None:
            self.assertEqual(done.returncode, expect, f'{arguments}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}')
        return done

    def json(self, *arguments, expect=0):
        return json.loads(self.rapporteur(*arguments, '--json', expect=expect).stdout)

    def up(self, data='service', *arguments, ready=True):
        """A service, once it is ready."""
        read_end, write_end = os.pipe()
        with open(self.path('up.log'), 'ab') as log:
            service = subprocess.Popen([os.path.join(BINARIES, 'rapporteur'), 'up', '--data', data, '--ready-fd', str(write_end), *arguments],
                                       cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=log, pass_fds=(write_end,))
        self.services.append(service)
        os.close(write_end)
        with os.fdopen(read_end, 'rb') as waited:
            said = waited.read(6) if ready else b''
        if ready:
            self.assertEqual(said, b'READY\n', self.log()[-3000:])
        return service

    def end(self, service, status=0):
        service.send_signal(signal.SIGTERM)
        self.assertEqual(service.wait(120), status, self.log()[-3000:])
        return self.log()

    def log(self):
        with open(self.path('up.log'), encoding='utf8', errors='replace') as log:
            return log.read()

    def wait_idle(self, data='service'):
        """Until the service says that nothing is open."""
        import time
        end = time.monotonic() + 120
        while time.monotonic() < end:
            report = self.json('status', '--data', data)
            if report['running'] and report['service']['idle']:
                return report
        self.fail(f'not idle after two minutes: {report}')
        return None


def main():
    unittest.main(verbosity=2)

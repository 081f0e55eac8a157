"""The Debian package in a fresh Debian 12: installed, used, upgraded over itself, removed, purged."""
import os
import sys

import engine

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    base = engine.base()
    stage = engine.build('rapporteur-build:test', target='build')
    made = engine.run('docker', 'create', stage, 'true').stdout.strip()
    fresh = engine.run('docker', 'create', '--network', 'host', base, 'bash', '/package-steps', '/packages', '/samples').stdout.strip()
    try:
        packages = engine.run('docker', 'cp', f'{made}:/packages', '-', text=False).stdout
        engine.run('docker', 'cp', '-', f'{fresh}:/', input=packages, text=False)
        engine.run('docker', 'cp', os.path.join(HERE, 'package-steps'), f'{fresh}:/package-steps')
        engine.run('docker', 'cp', os.path.join(engine.ROOT, 'samples'), f'{fresh}:/samples')
        done = engine.run('docker', 'start', '-a', fresh, check=False)
        print(done.stdout[-6000:])
        print(done.stderr[-3000:])
        return done.returncode
    finally:
        engine.run('docker', 'rm', '-f', made, fresh, check=False)


if __name__ == '__main__':
    sys.exit(main())

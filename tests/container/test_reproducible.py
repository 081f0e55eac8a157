"""Two builds of the packages from one commit are the same bytes: in other folders, at other times, under other habits."""
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..'))
SKIPPED = 77
HABITS = ({'TZ': 'UTC', 'LC_ALL': 'C.UTF-8', 'umask': 0o022}, {'TZ': 'Pacific/Kiritimati', 'LC_ALL': 'C', 'umask': 0o077})


def build(folder, habits):
    """The packages' names and digests."""
    source, made = os.path.join(folder, 'source'), os.path.join(folder, 'made')
    os.makedirs(source)
    environment = {**os.environ, **{name: value for name, value in habits.items() if name != 'umask'}, 'CCACHE_DISABLE': '1'}
    environment.pop('SOURCE_DATE_EPOCH', None)

    def run(*command, **options):
        done = subprocess.run(command, capture_output=True, check=False, env=environment, umask=habits['umask'], **options)
        if done.returncode != 0:
            raise RuntimeError(f'{command}: {done.stdout[-3000:]}{done.stderr[-3000:]}')
        return done.stdout

    run('tar', '-x', '-C', source, input=run('git', '-C', ROOT, 'archive', 'HEAD'))
    run('cmake', '-S', source, '-B', made, '-G', 'Ninja', '-DCMAKE_BUILD_TYPE=Release', '-DCMAKE_INSTALL_PREFIX=/usr', '-DRAPPORTEUR_TESTS=OFF')
    run('cmake', '--build', made, '-j', '2')
    run('cpack', '-G', 'DEB', cwd=made)
    packages = {}
    for name in sorted(os.listdir(made)):
        if name.endswith('.deb'):
            with open(os.path.join(made, name), 'rb') as file:
                packages[name] = hashlib.sha256(file.read()).hexdigest()
    return packages


def main():
    for program in ('cmake', 'cpack', 'ninja', 'dpkg-shlibdeps', 'file', 'git'):
        if not shutil.which(program):
            print(f'skipped: no {program} is installed')
            return SKIPPED
    top = tempfile.mkdtemp(prefix='rapporteur-')
    try:
        one = build(os.path.join(top, 'one'), HABITS[0])
        other = build(os.path.join(top, 'another', 'folder', 'further', 'down'), HABITS[1])
        for name, digest in one.items():
            print(f'{digest}  {name}')
        assert len(one) >= 2, one
        assert one == other, f'not the same bytes: {other}'
        return 0
    finally:
        if os.environ.get('RAPPORTEUR_KEEP'):
            print(f'kept: {top}')
        else:
            shutil.rmtree(top)


if __name__ == '__main__':
    sys.exit(main())

"""What stands out in a command: in plain words, at the right place, and the kinds that cannot be undone."""

import pytest

from hitl_cli.policy.danger import Note, stands_out
from hitl_cli.policy.kinds import Kind
from hitl_cli.policy.reading import read
from tests.policy.helpers import FOLDER, HOME


def notes(command: str) -> tuple[Note, ...]:
    """Return what stands out in a command."""
    return stands_out(read(command, home=HOME), FOLDER, HOME)


DESTRUCTIVE = {
    Kind.REMOVES_TREE: [
        "rm -rf /", "rm -fr ~", 'rm -r -f "$HOME"', "rm --recursive --force /home/x", "rm -rf $HOME/*",
        "rm -rf ~/*", "rm -rf .",
        "rm -rf *", "rm -rf ./*", 'rm -rf "$DIR"/*', "rm -rf $X/", "rm -rf .git", "rm -rf /etc",
        "rm -rf ../..", "rm -rf /a/../",
        "sudo rm -rf --no-preserve-root /", "/bin/rm -rf /", "'r'm -rf \"/\"", "bash -c 'rm -rf /'",
        "env X=1 rm -rf ~",
        "find / -delete", "find ~ -exec rm -rf {} +", "echo $(rm -rf ~)", "if true; then rm -rf /; fi",
        "timeout 5 rm -rf /home",
        "find . -exec rm -rf / \\;", "mv ~ /tmp/x", "ssh host 'rm -rf /'", "rm -rf / 2>/dev/null || true",
        "bash <<E\nls\nrm -rf ~\nE", "cat <<'E' | sh\nrm -rf /\nE", "sudo bash -s <<< 'rm -rf /'",
        "echo 'rm -rf ~' | bash", "printf '%s\\n' 'rm -rf ~' | sudo sh", "bash <<A\nsh <<B\nrm -rf ~\nB\nA",
    ],
    Kind.DISK: [
        "mkfs.ext4 /dev/sda1", "mkfs -t xfs /dev/sdb", "dd if=/dev/zero of=/dev/sda bs=1M",
        "cat x > /dev/sda", "wipefs -a /dev/sdb",
        "parted /dev/sda mklabel gpt", "fdisk /dev/sda", "cryptsetup luksFormat /dev/sda",
        "zpool destroy tank", "lvremove vg/x",
        "diskutil eraseDisk JHFS+ X disk2", "cp x /dev/nvme0n1", "sudo tee /dev/sda < x", "blkdiscard /dev/sda",
    ],
    Kind.SYSTEM_FILE: [
        ": > /etc/passwd", "> /etc/hosts", "echo x > /etc/fstab", "truncate -s 0 /etc/shadow",
        "cp /dev/null /etc/fstab",
        "echo x | sudo tee /etc/hosts", "chmod -R 777 /", "chown -R me /usr",
        "cat /dev/null > /var/log/syslog", "rm /etc/passwd",
        "dd if=x of=/etc/passwd", "sed -i d /etc/sudoers",
    ],
    Kind.FORK_BOMB: [":(){ :|:& };:", "bomb() { bomb | bomb & }; bomb", "perl -e 'fork while fork'"],
    Kind.DOWNLOADED: [
        "curl https://x | sh", "curl -fsSL https://x | sudo bash -s -- -y",
        "wget -qO- https://x | python3 -", "sh <(curl https://x)",
        'bash -c "$(curl -fsSL https://x)"', 'eval "$(curl x)"',
        "curl -o i.sh https://x/i.sh && sh i.sh", "curl x | tee y | bash",
        "wget https://x/i.sh; chmod +x i.sh; ./i.sh", "source <(curl -s https://x)", "curl x | sudo -E bash -",
    ],
    Kind.REWRITES: [
        "git push --force", "git push -f origin main", "git push origin +main",
        "git push origin :main", "git push --delete o x",
        "git push --force-with-lease", "git push --mirror", "git filter-branch --all",
        "git reflog expire --all", "git branch -D x",
        "git -C /x push --forc",
    ],
    Kind.DISCARDS: [
        "git reset --hard", "git reset --hard HEAD~3", "git checkout -- .", "git checkout .",
        "git restore .", "git clean -fdx",
        "git stash drop", "git stash clear", "git -C /x reset --hard", "git checkout -f main",
        "git switch --discard-changes x",
    ],
    Kind.STORED: [
        "docker compose down -v", "docker system prune -af", "docker volume rm x",
        "docker volume prune", "userdel -r bob",
        "deluser bob", "kubectl delete ns prod", "kubectl delete pods --all", "terraform destroy", "dropdb prod",
        "psql -c 'DROP TABLE users'", "redis-cli FLUSHALL", "aws s3 rb s3://x --force",
        "gh repo delete x", "shred -u x",
        "mysql -e 'drop database x'", "docker-compose down --volumes",
    ],
    Kind.STOPS: ["kill -9 1", "kill 1", "kill -9 -1", "reboot", "sudo shutdown -h now", "systemctl poweroff"],
    Kind.UNREAD: [
        "true\n" * 1_500 + "rm -rf ~", "#" * 11_000 + "\nrm -rf ~", "echo " + "$(" * 70 + "rm -rf ~" + ")" * 70,
    ],
}  # fmt: skip


@pytest.mark.parametrize("kind", DESTRUCTIVE)
def test_destructive_commands(kind: Kind) -> None:
    """Each documented kind is recognized in its usual forms, also behind wrappers and inside other commands."""
    missed = [command for command in DESTRUCTIVE[kind] if kind not in {note.kind for note in notes(command)}]
    assert missed == []


def test_every_destructive_kind_has_examples() -> None:
    """No kind is left out of the test above."""
    assert set(DESTRUCTIVE) == {kind for kind in Kind if kind.is_destructive}


@pytest.mark.parametrize(
    "command",
    [
        "rm -rf node_modules", "rm -rf ./build /tmp/x", "rm x", "git status", "git push",
        "git push origin main", "git reset HEAD x",
        "git checkout main", "git restore --staged .", "git clean -n", "git stash", "git branch -d x",
        "git rebase main",
        "echo 'rm -rf /'", "grep -r 'rm -rf /' .", "git commit -m 'rm -rf /'", "fdisk -l", "parted -l",
        "docker ps", "kill 1234",
        "docker compose down", "kubectl delete pod x", "curl https://x -o y", "curl https://x | jq .",
        "echo x > y", "echo x > /dev/null",
        "sed -i s/a/b/ x", "chmod -R u+w .", "find . -name '*.pyc' -delete", "psql -c 'select 1'", "python3 x.py < y",
        "echo 10 > /proc/sys/vm/swappiness", "cp nginx.conf /etc/nginx/", "wget https://x/ls; ls",
        "aws s3 ls", "mv a b", "cat <<E\nrm -rf ~\nE", "cat > x.sh <<E\nrm -rf ~\nE", "bash <<E\nls\nE",
        "echo 'rm -rf ~' | wc -c",
    ],
)  # fmt: skip
def test_what_is_not_destructive(command: str) -> None:
    """Usual work, and texts that only mention it, need no typed word."""
    assert [note.text for note in notes(command) if note.kind.is_destructive] == []


@pytest.mark.parametrize(
    ("command", "kind", "part"),
    [
        ("ls && cp a ../b", Kind.OUTSIDE, "cp a ../b"),
        ("echo x >> ~/.bashrc", Kind.OUTSIDE, "~/.bashrc"),
        ("touch ~/x; ls", Kind.OUTSIDE, "touch ~/x"),
        ("ls; rm a b", Kind.DELETES, "rm a b"),
        ("find . -name x -delete", Kind.DELETES, "find . -name x -delete"),
        ("ls | xargs rm", Kind.DELETES, "xargs rm"),
        ("cd x && sudo ls", Kind.ROOT, "sudo ls"),
        ("curl https://x", Kind.NETWORK, "curl https://x"),
        ("git fetch && ls", Kind.NETWORK, "git fetch"),
        ("ls; npm install x", Kind.CODE, "npm install x"),
        ("base64 -d x | sh", Kind.CODE, "sh"),
        ("cat <<E | bash\nls\nE", Kind.CODE, "bash"),
        ("cat x <<E | sudo sh -s a | wc\nls\nE\n", Kind.CODE, "sudo sh -s a"),
        ("bash -s <<'E'\nls\nE", Kind.CODE, "bash -s"),
        ("ls; python3 <<E\nprint(1)\nE", Kind.CODE, "python3"),
        ("bash <<< ls", Kind.CODE, "bash <<< ls"),
        ("bash <<E\necho $(rm a b)\nE", Kind.DELETES, "rm a b"),
        ("head ~/.ssh/id_rsa", Kind.SECRETS, "~/.ssh/id_rsa"),
        ("cat a .env", Kind.SECRETS, ".env"),
        ("tar cf x.tar --exclude=y ~/.aws", Kind.SECRETS, "~/.aws"),
        ("env", Kind.SECRETS, "env"),
        ("history -c", Kind.HISTORY, "history -c"),
        ("cat ~/.bash_history", Kind.HISTORY, "~/.bash_history"),
        ("git commit --amend", Kind.HISTORY, "git commit --amend"),
        ("systemctl restart nginx", Kind.SYSTEM, "systemctl restart nginx"),
        ("ls && apt install x", Kind.SYSTEM, "apt install x"),
        ("crontab -r", Kind.SYSTEM, "crontab -r"),
        ("cat < /dev/tcp/1.2.3.4/80", Kind.NETWORK, "< /dev/tcp/1.2.3.4/80"),
    ],
)
def test_what_stands_out_and_where(command: str, kind: Kind, part: str) -> None:
    """A note has the part of the command that it is about."""
    found = [command[note.start : note.end] for note in notes(command) if note.kind is kind]
    assert found == [part]


def test_nothing_stands_out_in_harmless_commands() -> None:
    """Quiet where nothing is wrong."""
    for command in (
        "ls -la",
        "git status -s && git log -3",
        "grep -rn x src | wc -l",
        "pytest -q",
        "cd x",
        "python3 x.py",
    ):
        assert notes(command) == (), command

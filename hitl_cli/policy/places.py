"""Places in the file system, by the text of their paths only: the folder, the "
"home, devices, system files, secrets."""

import posixpath
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from hitl_cli.policy.words import Word

_SYSTEM = (
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib32",
    "/lib64",
    "/proc",
    "/root",
    "/sbin",
    "/sys",
    "/usr",
    "/var",
    "/System",
    "/Library",
    "/Applications",
    "/private/etc",
    "/private/var",
    "/opt",
)
_HARMLESS = (
    "/dev/null",
    "/dev/tty",
    "/dev/stdout",
    "/dev/stderr",
    "/dev/fd",
    "/dev/zero",
    "/dev/full",
    "/dev/shm",
    "/var/tmp",
)
_DISK = re.compile(r"/dev/(?:r?disk|sd|hd|vd|xvd|nvme|mmcblk|mapper/|md|dm-|loop|nbd|sr|mem|kmem|port)")
_CRITICAL = re.compile(
    r"/etc/(?:passwd|shadow|group|gshadow|sudoers|fstab|crypttab|hosts|resolv\.conf"
    r"|nsswitch\.conf|ssh/sshd_config)$"
    r"|/boot/|/(?:s?bin|usr/s?bin|lib\w*|usr/lib\w*)/[^/]+$"
)
_KERNEL = ("/proc", "/sys")
_HOME = re.compile(r"\"?(?:\$HOME|\$\{HOME\}|~\w*)\"?/?\*?\"?")
# A variable that is not set would leave the root.
_MAYBE_ROOT = re.compile(r"\"?\$(?:\w+|\{\w+\})\"?/\"?\*?\"?")
SECRET_PLACES = (
    "~/.age",
    "~/.aws",
    "~/.azure",
    "~/.bitcoin",
    "~/.boto",
    "~/.bundle/config",
    "~/.cache/huggingface/token",
    "~/.cargo/credentials",
    "~/.cargo/credentials.toml",
    "~/.claude/.credentials.json",
    "~/.codex/auth.json",
    "~/.config/BraveSoftware",
    "~/.config/chromium",
    "~/.config/containers/auth.json",
    "~/.config/discord",
    "~/.config/doctl",
    "~/.config/filezilla",
    "~/.config/gcloud",
    "~/.config/gh",
    "~/.config/git/credentials",
    "~/.config/google-chrome",
    "~/.config/hub",
    "~/.config/microsoft-edge",
    "~/.config/op",
    "~/.config/pypoetry/auth.toml",
    "~/.config/rclone",
    "~/.config/Signal",
    "~/.config/Slack",
    "~/.config/sops",
    "~/.databrickscfg",
    "~/.docker/config.json",
    "~/.electrum",
    "~/.ethereum",
    "~/.fly",
    "~/.gem/credentials",
    "~/.gemini/oauth_creds.json",
    "~/.git-credentials",
    "~/.gnupg",
    "~/.gradle/gradle.properties",
    "~/.huggingface",
    "~/.kaggle",
    "~/.kube",
    "~/.local/share/keyrings",
    "~/.m2/settings-security.xml",
    "~/.m2/settings.xml",
    "~/.mozilla",
    "~/.my.cnf",
    "~/.mylogin.cnf",
    "~/.netrc",
    "~/.npmrc",
    "~/.nuget/NuGet/NuGet.Config",
    "~/.oci",
    "~/.password-store",
    "~/.pgpass",
    "~/.pypirc",
    "~/.s3cfg",
    "~/.snowsql",
    "~/.ssh",
    "~/.terraform.d/credentials.tfrc.json",
    "~/.terraformrc",
    "~/.thunderbird",
    "~/.vault-token",
    "~/Library/Application Support/BraveSoftware",
    "~/Library/Application Support/Firefox",
    "~/Library/Application Support/Google/Chrome",
    "~/Library/Application Support/Microsoft Edge",
    "~/Library/Cookies",
    "~/Library/Keychains",
    "~/Library/Mail",
    "~/Library/Messages",
    "~/Library/Safari",
    "~/snap/chromium",
    "~/snap/firefox",
    "/etc/gshadow",
    "/etc/krb5.keytab",
    "/etc/kubernetes",
    "/etc/NetworkManager/system-connections",
    "/etc/openvpn",
    "/etc/rancher",
    "/etc/security/opasswd",
    "/etc/shadow",
    "/etc/ssl/private",
    "/etc/sudoers",
    "/etc/sudoers.d",
    "/etc/wireguard",
)
"""The files and folders with secrets, below the home or of the system: no fenced command can read them."""

# Those places in any home, and names that secrets have anywhere.
_SECRET = re.compile(
    r"(?:^|/)(?:"
    + "|".join(re.escape(each[2:]) for each in SECRET_PLACES if each.startswith("~/"))
    + r"|\.config/hitl"
    r"|Library/(?:Keychains|Cookies|Application Support/(?:Google|Firefox))"
    r"|\.env(?:\.(?!example|sample|template|dist)[\w.-]+)?|\.envrc|credentials(?:\.json|\.toml|\.yml\.enc)?"
    r"|secrets?(?:\.\w+)?|tokens?\.json|[^/]*service[-_]account[^/]*\.json|kubeconfig|deploy_key|\.htpasswd|\.dockercfg"
    r"|id_(?:rsa|dsa|ecdsa|ed25519)|[^/]*\.(?:pem|key|ppk|p12|pfx|kdbx|jks|keystore|keytab|ovpn|tfstate|tfvars))(?:/|$)"
    r"|^(?:" + "|".join(re.escape(each) for each in SECRET_PLACES if each.startswith("/")) + r")"
    r"|^/etc/ssh/ssh_host|^/proc/k(?:core|msg)$"
    # Of a process only what is known to show neither its memory nor its variables nor its files.
    r"|^/proc/(?:\d+|self|thread-self|[^/]*[*?\[][^/]*)/(?!(?:status|statm?|cmdline|comm|limits|maps|smaps(?:_rollup)?"
    r"|mounts|mountinfo|mountstats|cgroup|io|sched|schedstat|oom_\w+|loginuid|sessionid|wchan|[ug]id_map|net(?:/.*)?"
    r"|ns|fd|fdinfo|attr|autogroup|numa_maps|exe|task|timers)$)"
)
_PROCESS = re.compile(r"/proc(?:/(?:\d+|self|thread-self|[^/]*[*?\[][^/]*)(?:/task(?:/[^/]+)?)?)?$")
_READABLE_DEVICES = re.compile(r"/dev/(?:null|zero|full|u?random|shm(?:/.*)?|)$")
_SECRET_NAMES = (".env", ".env.local", ".env.production", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519")
"""Names that a glob may stand for, if it begins as they do: `.e*`, `id_rs?`."""
_HISTORY = re.compile(
    r"(?:^|/)(?:\.(?:bash|zsh|python|node_repl|psql|mysql|sqlite|rediscli)_?history|\.histfile|fish_history)$"
)


@dataclass(frozen=True)
class Places:
    """The folder in which a command runs, and the person's home."""

    folder: str
    home: str

    def path(self, word: Word) -> str | None:
        """Return the absolute path that `word` names; None if that is not known. A glob names its first folder."""
        if word.text is None:
            return None
        path = posixpath.normpath(posixpath.join(self.folder, word.text))
        return path[1:] if path.startswith("//") else path  # which POSIX leaves as it is

    def is_outside(self, word: Word) -> bool:
        """Return whether `word` names something outside the folder, or may do so."""
        path = self.path(word)
        if path is None:
            return word.raw.startswith(("$", '"$', "~", "/", "`"))
        if any(is_within(path, each) for each in _HARMLESS):
            return False
        return not is_within(path, self.folder)

    def is_system(self, word: Word) -> bool:
        """Return whether `word` names a file of the system."""
        path = self.path(word)
        if path is None or any(is_within(path, each) for each in _HARMLESS):
            return False
        own = (is_within(path, each) for each in (self.folder, self.home) if each != "/")
        return path == "/" or (any(is_within(path, each) for each in _SYSTEM) and not any(own))

    def is_critical(self, word: Word) -> bool:
        """Return whether the system may not start or work without the file that `word` names."""
        return _CRITICAL.match(self.path(word) or "") is not None

    def is_kernel(self, word: Word) -> bool:
        """Return whether `word` names a setting or the state of the kernel, not a file."""
        return any(is_within(self.path(word) or "", each) for each in _KERNEL)

    def is_device(self, word: Word) -> bool:
        """Return whether `word` names a disk, or the memory."""
        return _DISK.match(self.path(word) or "") is not None

    def precious(self, word: Word) -> str | None:
        """Return what `word` names if losing all of it is a catastrophe: a root, a home, a project."""
        if _HOME.fullmatch(word.raw):
            return "the home folder"
        if word.text is None:
            return "the root folder, if the variable is not set" if _MAYBE_ROOT.fullmatch(word.raw) else None
        # Everything in a folder is as precious as the folder.
        text = re.sub(r"(?:(?<=/)|^)(?:\*|\.\*)$", ".", word.text)
        path = posixpath.normpath(posixpath.join(self.folder, text))
        if path in ("/", "//"):
            return "the root folder"
        if path == self.home or re.fullmatch(r"/(?:home|Users)(?:/[^/]+)?|/root", path):
            return "the home folder"
        if path in _SYSTEM:
            return "a system folder"
        if path == self.folder or is_within(self.folder, path):
            return "this folder"
        if posixpath.basename(path) == ".git":
            return "a repository's history"
        return None

    def is_secret(self, word: Word) -> bool:
        """Return whether `word` names a place where secrets are kept."""
        text = self.path(word) or word.raw
        if word.is_glob and self._may_become_secret(posixpath.basename(text)):
            return True
        return _SECRET.search(text) is not None and not text.endswith(".pub")

    def unreadable(self, word: Word) -> str | None:
        """Return what `word` names if its content is no file: a device, or all that is known about a process."""
        path = self.path(word) or ""
        if path.startswith("/dev/") and _READABLE_DEVICES.match(path) is None:
            return "a device"
        return "the variables of processes" if _PROCESS.match(path) else None

    @staticmethod
    def _may_become_secret(glob: str) -> bool:
        return not glob.startswith(("*", "?", "[")) and any(fnmatchcase(each, glob) for each in _SECRET_NAMES)

    def is_history(self, word: Word) -> bool:
        """Return whether `word` names the history of a shell or of another program."""
        return _HISTORY.search(self.path(word) or word.raw) is not None


def is_within(path: str, folder: str) -> bool:
    """Return whether `path` is `folder` or below it; both are absolute and normalized."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def why_too_wide(path: str) -> str | None:
    """Return what `path`, as a rule names it, is if nothing may write everywhere in it; None for other folders."""
    text = posixpath.normpath(path)
    if text in ("/", "//"):
        return "everywhere"
    if text == "~" or re.fullmatch(r"/(?:home|Users)(?:/[^/]+)?|/root", text):
        return "everywhere in the home folder"
    return f"everywhere in the system folder {text}" if text in _SYSTEM else None

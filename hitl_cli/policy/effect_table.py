"""Which programs have which effects: `EFFECTS`."""

import re

from hitl_cli.policy import effects
from hitl_cli.policy.effects import Effects
from hitl_cli.policy.kinds import Kind
from hitl_cli.policy.readers import names
from hitl_cli.policy.reading_forms import (
    CHANGE_THE_SYSTEM,
    END_PROCESSES,
    IN_PLACE,
    ONLY_CHANGE_THE_SYSTEM,
    ONLY_WRITE_FILES,
    SEND_MESSAGES,
    WRITE_FILES,
)

_SERVICE = (
    "start, stop, restart, reload, enable, disable, mask, unmask, daemon-reload, "
    "set-default, edit, kill, load, unload"
)
_PACKAGES = (
    "install, remove, purge, autoremove, upgrade, dist-upgrade, full-upgrade, erase, "
    "uninstall, update, add, del"
)

EFFECTS: dict[str, Effects] = {
    **dict.fromkeys(("rm", "rmdir", "unlink", "shred", "rimraf", "trash"), effects.removal),
    "find": effects.find,
    **dict.fromkeys(("cp", "mv", "ln", "install", "rsync", "scp"), effects.copy),
    **dict.fromkeys(
        (
            "tee",
            "touch",
            "mkdir",
            "mkfifo",
            "mknod",
            "truncate",
            "sponge",
            "gzip",
            "gunzip",
            "xz",
            "unxz",
            "bzip2",
            "zstd",
            "dos2unix",
            "split",
            "csplit",
        ),
        effects.all_operands,
    ),
    **dict.fromkeys(("chmod", "chown", "chgrp", "chattr", "setfacl"), effects.owner_or_mode),
    "dd": effects.dd,
    **dict.fromkeys(
        names(
            "fdisk sfdisk gdisk sgdisk cfdisk parted partprobe wipefs mkswap blkdiscard "
            "badblocks mdadm pvcreate pvremove "
            "vgremove lvremove lvcreate vgcreate"
        ),
        effects.disk,
    ),
    "mkfs": effects.always(Kind.DISK, "makes a new file system, which deletes the old one"),
    "cryptsetup": effects.with_verbs(
        Kind.DISK, "overwrites or erases a partition", "luksFormat, erase, luksErase, reencrypt"
    ),
    "zpool": effects.with_verbs(Kind.DISK, "changes a pool of disks", "destroy, create, labelclear"),
    "zfs": effects.with_verbs(Kind.STORED, "deletes a file system or a snapshot", "destroy, rollback"),
    "btrfs": effects.with_verbs(Kind.STORED, "deletes a subvolume", "subvolume delete"),
    "nvme": effects.with_verbs(Kind.DISK, "erases a disk", "format, sanitize"),
    "diskutil": effects.with_verbs(
        Kind.DISK, "erases a disk", "eraseDisk, eraseVolume, partitionDisk, zeroDisk, secureErase"
    ),
    "git": effects.git,
    **dict.fromkeys(("kill", "pkill", "killall", "killall5", "xkill"), effects.kill),
    **dict.fromkeys(("sed", "gsed"), effects.sed),
    **dict.fromkeys(
        ("reboot", "shutdown", "halt", "poweroff", "telinit"), effects.always(Kind.STOPS, "stops the system")
    ),
    "init": effects.with_verbs(Kind.STOPS, "stops the system", "0, 6"),
    "systemctl": effects.several(
        effects.with_verbs(
            Kind.STOPS,
            "stops the system",
            "poweroff, reboot, halt, kexec, rescue, emergency, isolate",
        ),
        effects.with_verbs(Kind.SYSTEM, "changes a service of the system", _SERVICE),
    ),
    **dict.fromkeys(
        ("service", "launchctl", "rc-service"), effects.with_verbs(Kind.SYSTEM, "changes a service", _SERVICE)
    ),
    **dict.fromkeys(
        ("userdel", "deluser", "groupdel", "delgroup"),
        effects.always(Kind.STORED, "deletes a user or a group"),
    ),
    **{
        name: effects.unless(known, Kind.SYSTEM, "changes the state of the system")
        for name, known in CHANGE_THE_SYSTEM.items()
    },
    **dict.fromkeys(
        names(ONLY_CHANGE_THE_SYSTEM), effects.always(Kind.SYSTEM, "changes the state of the system")
    ),
    **dict.fromkeys(names(END_PROCESSES), effects.always(Kind.SYSTEM, "can end processes")),
    "top": effects.unless(CHANGE_THE_SYSTEM["top"], Kind.SYSTEM, "can end processes"),
    **dict.fromkeys(
        names(SEND_MESSAGES), effects.always(Kind.SYSTEM, "sends something to other programs or people")
    ),
    **{name: effects.unless(known, Kind.WRITES, "writes files") for name, known in WRITE_FILES.items()},
    **dict.fromkeys(names(ONLY_WRITE_FILES), effects.always(Kind.WRITES, "writes files")),
    "crontab": effects.crontab,
    **dict.fromkeys(
        names("apt apt-get aptitude dnf yum zypper apk brew snap flatpak port dpkg rpm"),
        effects.several(
            effects.with_verbs(Kind.SYSTEM, "installs or removes software of the system", _PACKAGES),
            effects.with_verbs(
                Kind.NETWORK,
                "reaches the network",
                "install, update, upgrade, dist-upgrade, full-upgrade, add, changelog, download",
            ),
        ),
    ),
    "apt-cache": effects.with_verbs(Kind.SYSTEM, "changes the state of the system", "gencaches"),
    "pacman": effects.always(Kind.SYSTEM, "installs or removes software of the system"),
    **dict.fromkeys(
        ("docker", "podman", "nerdctl", "docker-compose"),
        effects.several(
            effects.with_verbs(
                Kind.STORED,
                "deletes volumes or everything that is not in use",
                "volume rm, volume remove, volume prune, system prune, system reset",
            ),
            lambda call: iter(
                [(Kind.STORED, "deletes the volumes of the project")]
                if "down" in call.texts and call.has("v", "--volumes")
                else []
            ),
            effects.with_verbs(
                Kind.DELETES,
                "deletes containers, images or networks",
                "rm, rmi, container rm, container prune, image rm, "
                "image prune, network rm, network prune, builder prune, down",
            ),
            effects.with_verbs(
                Kind.NETWORK, "reaches a registry", "pull, push, login, search, image pull, image push"
            ),
            effects.with_verbs(
                Kind.CODE,
                "runs code of an image",
                "run, create, compose up, compose run, up, exec, compose exec",
            ),
            effects.with_verbs(
                Kind.CODE, "runs the steps of a build", "build, compose build, buildx build, buildx bake"
            ),
            effects.with_verbs(
                Kind.WRITES, "writes files", "cp, container cp, compose cp, save, image save, export"
            ),
            effects.with_verbs(
                Kind.SYSTEM, "changes what runs", "stop, kill, restart, start, compose stop, compose restart"
            ),
        ),
    ),
    **dict.fromkeys(
        ("kubectl", "oc"),
        effects.several(
            lambda call: iter(
                [(Kind.STORED, "deletes a namespace, stored data, or everything of a kind")]
                if call.verb == "delete"
                and (
                    call.has("", "--all")
                    or re.search(
                        r"\b(?:ns|namespaces?|pvc?|persistentvolume(?:claim)?s?|crds?)\b",
                        " ".join(call.texts),
                    )
                )
                else []
            ),
            effects.with_verbs(Kind.DELETES, "deletes something in the cluster", "delete, drain"),
            effects.with_verbs(
                Kind.SYSTEM,
                "changes the cluster",
                "apply, create, replace, patch, edit, scale, rollout restart, taint",
            ),
            lambda call: iter(
                [(Kind.SECRETS, "reads secrets of the cluster")]
                if re.search(r"\bsecrets?\b", " ".join(call.texts))
                else []
            ),
            effects.unless(
                r"config (?:current-context|get-\w+|view|use-context).*|version --client.*|completion \w+",
                Kind.NETWORK,
                "reaches the cluster",
            ),
        ),
    ),
    "helm": effects.several(
        effects.with_verbs(Kind.STORED, "removes what a chart installed", "uninstall, delete"),
        effects.unless(
            r"(?:template|lint)(?: [\w-]+)? \.{0,2}/[^ ]*(?: .*)?|version.*|env",
            Kind.NETWORK,
            "reaches the cluster",
        ),
    ),
    **dict.fromkeys(
        ("terraform", "tofu", "pulumi"),
        effects.several(
            effects.with_verbs(Kind.STORED, "deletes infrastructure", "destroy"),
            effects.unless(
                r"(?:version|fmt|validate|graph|workspace (?:list|show))(?: .*)?",
                Kind.NETWORK,
                "reaches the network",
            ),
            effects.in_form(IN_PLACE["terraform"], Kind.WRITES, "changes files in place"),
        ),
    ),
    **dict.fromkeys(
        (
            "aws",
            "gcloud",
            "az",
            "gsutil",
            "doctl",
            "gh",
            "glab",
            "heroku",
            "flyctl",
            "vercel",
            "serverless",
            "sls",
            "wrangler",
            "netlify",
            "firebase",
        ),
        effects.several(
            lambda call: iter(
                [(Kind.STORED, "deletes something in the cloud")]
                if re.search(
                    r"\b(?:delete|destroy|rb|rm|terminate|purge|remove)\b|delete-", " ".join(call.texts)
                )
                else []
            ),
            effects.always(Kind.NETWORK, "reaches the network"),
        ),
    ),
    **dict.fromkeys(
        ("psql", "mysql", "mariadb", "sqlite3", "mongosh", "mongo", "redis-cli", "sqlcmd"), effects.database
    ),
    "dropdb": effects.always(Kind.STORED, "deletes a database"),
    "dropuser": effects.always(Kind.STORED, "deletes a user"),
    **dict.fromkeys(("curl", "wget", "aria2c", "http", "https", "xh", "fetch"), effects.download),
    **dict.fromkeys(
        names(
            "ssh scp sftp ftp telnet nc ncat netcat socat ping ping6 dig host nslookup whois "
            "traceroute tracepath mtr nmap mosh rsh rsync-ssl dict rpcinfo showmount smbclient ldapsearch"
        ),
        effects.always(Kind.NETWORK, "reaches the network"),
    ),
    **dict.fromkeys(
        names("pip pip3 npm yarn pnpm bun uv poetry pdm pipx gem bundle composer conda mamba dotnet"),
        effects.install,
    ),
    **{
        name: effects.in_form(known, Kind.WRITES, "changes files in place")
        for name, known in IN_PLACE.items()
        if name not in ("terraform", "tofu")
    },
    **{
        name: effects.several(
            effects.install, effects.in_form(IN_PLACE[name], Kind.WRITES, "changes files in place")
        )
        for name in ("cargo", "go")
    },
    "getent": effects.several(
        effects.with_verbs(Kind.NETWORK, "asks a server", "hosts, ahosts, ahostsv4, ahostsv6, netgroup"),
        effects.with_verbs(Kind.SECRETS, "reads passwords", "shadow, gshadow"),
    ),
    **dict.fromkeys(
        ("npx", "pnpx", "bunx", "uvx"), effects.always(Kind.CODE, "runs code of a package that it downloads")
    ),
    **dict.fromkeys(
        ("sudo", "doas", "su", "pkexec", "run0", "runuser"), effects.always(Kind.ROOT, "runs as root")
    ),
    **dict.fromkeys(
        ("printenv", "envsubst", "pass", "secret-tool", "keyring", "sops", "age", "bw", "op", "lpass"),
        effects.always(Kind.SECRETS, "shows secrets or variables"),
    ),
    "security": effects.with_verbs(
        Kind.SECRETS, "reads the keychain", "find-generic-password, find-internet-password, dump-keychain"
    ),
    "gpg": lambda call: iter(
        [(Kind.SECRETS, "reads secret keys")] if any("secret" in text for text in call.texts) else []
    ),
    "history": effects.always(Kind.HISTORY, "touches the history of the shell"),
    "tar": effects.extract,
    **dict.fromkeys(("unzip", "zip", "7z", "cpio"), effects.extract),
    **dict.fromkeys(("sort", "tree", "gcc", "cc", "clang"), effects.output_option),
    **dict.fromkeys(
        ("eval", "source", "."), effects.always(Kind.CODE, "runs the text or the file that it is given")
    ),
    "hitl": lambda call: iter(
        [(Kind.SYSTEM, "changes what hitl allows")]
        if call.verb in ("policy", "config") and len(call.operands) > 2
        else []
    ),
}

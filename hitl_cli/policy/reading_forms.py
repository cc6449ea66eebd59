"""Programs that change something, except in the forms that are listed here: patterns for their words, joined by blanks.

`reader_table` takes these forms for reads, `effect_table` notes what all other forms do.
"""

_OPTIONS = r"(?: --?[\w=,.:-]+)*"

CHANGE_THE_SYSTEM = {
    "amixer": r"(?:-c \d+ )?(?:s?contents|s?controls|info|[sc]?get(?: .+)?)?",
    "arp": r"(?:-[aenv]+ ?)*(?:(?!-)[\w.:-]+)?",
    "blkid": r"(?:(?:-[pkn]|-[ostLU] ?[\w.-]+|/dev/\w+)(?: |$))*",
    "bluetoothctl": r"(?:devices|show|info|list|paired-devices)(?: [\w:]+)?|--version",
    "brightnessctl": r"(?:-l|--list|g|get|i|info|m|max)?",
    "busctl": r"(?:(?:list|tree|status|introspect)(?: [\w./:]+)*)?(?: --(?:user|system|no-pager))*",
    "chage": r"-l \w+|--list \w+",
    "cpupower": r"(?:frequency-info|idle-info|monitor -l|info)(?: -\w+)*",
    "dconf": r"(?:read|list|dump) [\w./-]+",
    "defaults": r"(?:read|read-type|domains|find)(?: [\w./-]+)*",
    "domainname": r"",
    "ethtool": r"(?:(?:-[igkaSTcnlPm]|--show-[\w-]+|--driver|--statistics) )?[a-zA-Z][\w.-]*",
    "firewall-cmd": r"(?:--(?:state|list-[\w-]+|get-[\w-]+|query-[\w=/-]+|zone=\w+|info-[\w=-]+)(?: |$))+",
    "fuser": r"(?:(?:-[vauF]+|-n \w+|[\w./][\w./-]*)(?: |$))+",
    "gsettings": r"(?:get|list-\w+|range|describe|writable)(?: [\w./:-]+)*",
    "hdparm": r"(?:-[IigtT]+ )+/dev/\w+",
    "hostnamectl": rf"(?:status|hostname|chassis|deployment|location|icon-name)?{_OPTIONS}",
    "ifconfig": r"(?:-[asv] ?)*(?:[a-zA-Z]+[\w.-]*)?",
    "iptables": r"(?:-t \w+ )?(?:(?:-[LSnvx]+|--(?:list|list-rules|numeric|verbose|line-numbers)|[A-Z_]+)(?: |$))+",
    "iwconfig": r"(?:[a-z]+\d\w*)?",
    "localectl": rf"(?:status|list-[\w-]+)?{_OPTIONS}",
    "loginctl": rf"(?:(?:list-\w+|show-\w+|session-status|user-status|seat-status)(?: [\w@.]+)*)?{_OPTIONS}",
    "losetup": r"(?:(?:-[aljn]+|--(?:list|all|json|noheadings)|/dev/\w+)(?: |$))*",
    "mesg": r"",
    "mount": r"(?:-l ?)?(?:-t \w+)?",
    "nft": r"(?:-[anjs]+ )*list(?: \w+)*",
    "nmcli": r"(?:-[tpf] ?[\w,.-]* )?(?:(?:d|dev|device)(?: (?:status|show(?: [\w.][\w.-]*)?|wifi|wifi list))?"
    r"|(?:c|con|connection)(?: show(?: [\w.][\w.-]*)*)?|(?:g|general)(?: status)?|(?:r|radio)"
    r"|(?:n|networking)(?: connectivity)?)?",
    "nvidia-smi": r"(?:(?:-[Lq]|-[id] ?[\w,.]+|--(?:query-[\w-]+|format|list-gpus|id|display)(?:[= ][\w,.]+)?"
    r"|topo -m)(?: |$))*",
    "pactl": r"info|stat|list(?: [\w-]+)*|get-[\w-]+(?: [\w@.-]+)*",
    "playerctl": r"(?:-l|--list-all|status|metadata(?: [\w:]+)*|position)",
    "powerprofilesctl": r"(?:get|list)?",
    "rfkill": r"(?:list(?: \w+)*)?",
    "route": r"(?:-[neFC46v]+ ?)*",
    "sensors": r"(?:-[ujAf]+ ?)*(?:\w[\w-]*)?",
    "setxkbmap": r"-query|-print",
    "smartctl": r"(?:(?:-[aHixAc]|--(?:all|health|info|xall|attributes|scan|capabilities)|-[ld] [\w,+]+"
    r"|/dev/\w+)(?: |$))+",
    "stty": r"(?:-a|-g|--all|--save|size|speed)?",
    "swapon": r"(?:-s|--summary|--show(?:=[\w,]+)?)(?: --(?:bytes|noheadings|raw))*",
    "sysctl": r"(?:(?:-[aAneNbq]+|--(?:all|names|values)|\w[\w.*/-]*)(?: |$))+",
    "systemd-analyze": r"(?:(?:time|blame|critical-chain|plot|dot|dump|cat-config|unit-files|calendar|timespan|security"
    r"|verify)(?: [\w@./:* -]+)*)?(?: --(?:user|no-pager))*",
    "timedatectl": rf"(?:status|show|timesync-status|show-timesync|list-timezones)?{_OPTIONS}",
    "top": r"-(?:bn ?\d+|b -n ?\d+|n ?\d+ -b)(?: -[ocpuHe]\w*| [\w%+]+)*",
    "tput": r"(?:-T ?\w+ )?(?:cols|lines|colors|longname|bold|sgr0|smul|rmul|rev|dim|el|seta[fb] \d+)",
    "udevadm": r"info(?: (?!-c|--cleanup)[\w./=-]+)*|--version",
    "ufw": r"status(?: (?:verbose|numbered))?|version",
    "update-alternatives": r"--(?:list|display|query) [\w.-]+|--get-selections",
    "xdg-mime": r"query \w+ [\w./-]+",
    "xdg-settings": r"--list|(?:get|check)(?: [\w.-]+)*",
    "xrandr": r"(?:-q|--query|--current|--listmonitors|--verbose)?",
    "xset": r"-?q",
}  # fmt: skip
CHANGE_THE_SYSTEM["ip6tables"] = CHANGE_THE_SYSTEM["iptables"]
"""Programs that change settings, services or devices."""

WRITE_FILES = {
    "aspell": r"(?:list|-v|dump \w+)(?: -[\w=-]+)*",
    "ccache": r"-sv*|--show-stats|-p|--show-config|--version",
    "dasel": r"select(?: [\w.\[\]()*=-]+)*",
    "exiftool": r"(?:(?:-(?:[asGnjrTtSqbehlfuUv]\d*|[A-Z]\w+)|[^-@|][^|]*)(?: |$))+",
    "ffmpeg": r"(?:-hide_banner )?-(?:version|formats|codecs|encoders|decoders|filters|devices|protocols)",
    "mlr": r"(?:--(?:[ioc]\w+|[cjt]2\w)(?: |$))+(?:cat|head|tail|sort|cut|count|count-distinct|uniq|stats1|top|label"
    r"|rename|reorder)(?: [^|]+)*",
    "patch": r"--dry-run(?: (?:-p\d+|-[NRst]+|-i [\w./-]+|--verbose))*",
    "pdftotext": r"(?:-\w+ )*[^-][^|]* -|-v",
    "qpdf": r"(?:--(?:check|show-[\w=-]+|is-encrypted|requires-password)(?: |$))+(?:[^-][^|]*)?|--version",
    "sccache": r"(?:-s|--show-stats)?",
    "tidy": r"(?:-[eq]+ )+[\w./][\w./-]*",
    "xmlstarlet": r"(?:sel|val|el)(?: [^|]+)*",
}
"""Programs that write the files that their words name, or others."""

ONLY_CHANGE_THE_SYSTEM = (
    "renice reset setterm setenforce setcap setsebool visudo insmod rmmod modprobe umount swapoff useradd adduser "
    "usermod groupadd addgroup groupmod passwd chpasswd chsh update-grub grub-install update-initramfs nvram csrutil "
    "spctl hwclock chvt loadkeys xinput xdotool wmctrl ipcrm apt-mark lprm cancel aplay pm-suspend depmod ldconfig"
)
END_PROCESSES = "htop btop atop nvtop"
SEND_MESSAGES = "dbus-send gdbus qdbus notify-send wall write logger lp lpr"
ONLY_WRITE_FILES = (
    "strip objcopy ranlib mktemp tempfile link convert magick mogrify composite montage sox pdfimages pdftk "
    "mysqldump pg_dump pg_dumpall msgfmt xgettext protoc sphinx-build mkdocs hugo jekyll doxygen xsltproc unix2dos "
    "recode genisoimage mkisofs xorriso mksquashfs rustfmt autopep8 yapf indent"
)

IN_PLACE = {
    "autoflake": r".*(?:-i|--in-place).*",
    "black": r"(?!.*(?:--check|--diff|--version|--help)).*",
    "cargo": r"fmt(?!.* --check(?: |$)).*|fmt.* -- .*--(?:emit|config|backup).*|fix.*|.* --fix.*",
    "clang-format": r"(?:.* )?(?:-i|--i\w*)(?: .*)?",
    "clang-tidy": r".*--fix.*|.*--export.*",
    "eslint": r"(?:.* )?--fix(?!-dry)(?: .*)?",
    "go": r"(?:fmt|generate|get|install|clean|mod (?:tidy|download|init|edit|vendor)|work|env.* -[wu]).*",
    "gofmt": r"(?:.* )?--?w(?: .*)?",
    "goimports": r"(?:.* )?--?w(?: .*)?",
    "golangci-lint": r".*--fix.*|fmt.*",
    "isort": r"(?!.*(?:--check|--diff|-c |-c$|--version|--help|--show)).*",
    "jsonlint": r"(?:.* )?(?:-i|--in-place)(?: .*)?",
    "markdownlint": r".*(?:--fix|-f )",
    "prettier": r"(?:.* )?(?:--write|-w)(?: .*)?",
    "pyright": r".*--createstub.*",
    "rubocop": r"(?:.* )?(?:-[aA]|--a[\w-]*|--fix[\w-]*)(?: .*)?",
    "ruff": r"format(?!.* (?:--check|--diff)).*|(?:.* )?(?:--fix(?:-only)?|--add-noqa)(?: .*)?|clean.*",
    "shfmt": r"(?:.* )?(?:-w|--write)(?: .*)?",
    "stylelint": r".*--fix.*",
    "terraform": r"fmt(?!.* -check(?:=true)?(?: |$)).*|fmt.* --?write.*",
    "tofu": r"fmt(?!.* -check(?:=true)?(?: |$)).*|fmt.* --?write.*",
    "tsc": r"(?!.*(?:--noEmit(?!\w| false)|--version|--showConfig|--listFilesOnly|--help|-v$)).*",
}
"""The forms in which programs that check a project change its files."""

"""A preview runs a text for real, on copies, and says what it would change. Nothing of it stays.

The program starts a stage: a process inside a first sandbox of bubblewrap (https://github.com/containers/bubblewrap),
with user, process, network and mount namespaces of its own, and with a tmpfs of limited size. The stage runs the text
in a second sandbox, in which each local file system is an overlay
(https://docs.kernel.org/filesystems/overlayfs.html): what the text writes goes to the tmpfs. When the text has ended,
the stage reads the tmpfs and reports the changes. All namespaces end with the stage, and with them the processes,
mounts and files of the preview, even if the program is killed.

    bubblewrap   which bwrap there is, and why there is no preview
    mounts       the mounts of this system -> which of them get an overlay, and what is not covered
    runner       starts the stage, passes on the output, collects the report
    system_calls the filter of system calls for the text
    changes      what is reported, as values
    summary      what a person should know of it, in the order of what matters; rows has its lines
    stage/       the code that runs in the first sandbox; it imports nothing but the standard library
"""

"""Rules about commands: which one may run without a question, which one never runs, and what stands out in a command.

`judge.judge` takes the text of a command, the rules and the surroundings, and returns a `Verdict`. Everything here is
pure, except `files`, which reads rule files, and `surroundings`, which reads PATH and a repository's settings.

    words          one word of a command: quotes removed as the shell does it
    reading        the text of a command -> its simple commands, and what cannot be judged
    wrappers       the command inside `sudo …`, `bash -c …`, `find -exec …`
    readers        how options are judged; reader_table has the tables of programs that only read
    cautions       programs that no rule can make safe
    rules          a rule, and the commands that it matches
    danger         what stands out in a command, in plain words; effect_table, effects and places say it of one program
    judge          the verdict
    proposals      the narrowest useful rule for a command
    files          rule files: read, checked, trusted, changed
    surroundings   what the judge has to know about the shell, PATH and the repository
"""

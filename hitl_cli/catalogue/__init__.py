"""The offline catalogue: everyday tasks in plain words, each with a shell command, and the search over them.

The modules, in the order in which a search uses them:

- `search`: the entry point; `workspace` is what it knows about the folder and the machine
- `scope`: whether the request needs a language model, or is not about computers
- `query`: parses the request into words (`words`), `intent`, values and `conditions` (`exclusions`)
- `extraction`: the values, such as names, numbers and dates, by `phrases`, `times`, `token_forms` and `names`
- `index` and `scoring` (`weights`): finds and ranks entries
- `slots`: fills the values into the command of an `entry` (`archive_formats`)

`entry_files` reads and writes the TOML files, and `index_builder` builds the index from them.
"""

"""The offline catalogue: everyday tasks in plain words, each with a shell command, and the search over them.

The search goes from top to bottom:

- `search`: the entry point; `workspace` is what it knows of the folder and the machine
- `scope`: whether the request needs a language model, or is not about computers
- `query`: parses the request into words (`words`, `synonyms`), `intent`, values and `conditions` (`exclusions`)
- `extraction`: the values, such as names, numbers and dates, by `phrases`, `times`, `token_forms` and `names`
- `index`, `similarity`, `scoring` (`weights`): finds and ranks entries
- `slots`: fills the values into the command of an `entry` (`archive_formats`)

`entry_files` reads and writes the TOML files, and `index_builder` builds the index from them.
"""

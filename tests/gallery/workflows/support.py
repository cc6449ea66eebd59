"""An agent whose tools ask nobody: they delete and archive tickets, and look them up."""

import time
from pathlib import Path

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.llms.openai import OpenAI


def delete_ticket(number: int, reason: str = "") -> str:
    """Delete a ticket.

    Args:
        number (int): The number of the ticket.
        reason (str): Why it is deleted.
    """
    with Path("deleted.txt").open("a") as file:
        file.write(f"{number!r} {reason}\n")
    return f"Ticket {number} is deleted."


async def find_tickets(words: list[str]) -> str:
    """Find tickets."""
    return f"Tickets 1, 2 and 3 are about {' and '.join(words)}."


def archive(folder: str) -> str:
    """Archive all tickets; this takes long."""
    Path("archiving.txt").write_text(folder)
    while Path("tape.lock").exists():
        time.sleep(0.05)
    return f"Archived in {folder}."


workflow = FunctionAgent(
    name="support",
    system_prompt="You keep the tickets in order.",
    tools=[delete_ticket, find_tickets, archive],
    llm=OpenAI(model="gpt-4o-mini"),
)

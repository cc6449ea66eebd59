"""Several agents: one hands off to another, whose tool asks a person."""

from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent
from llama_index.core.workflow import Context, HumanResponseEvent, InputRequiredEvent
from llama_index.llms.openai import OpenAI

llm = OpenAI(model="gpt-4o-mini")


async def record_notes(ctx: Context, notes: str) -> str:
    """Record notes on a topic."""
    async with ctx.store.edit_state() as state:
        state["state"]["notes"] = notes
    return "Notes recorded."


async def publish(ctx: Context, title: str) -> str:
    """Publish the report."""
    state = await ctx.store.get("state")
    response = await ctx.wait_for_event(
        HumanResponseEvent,
        waiter_id=f"publish {title}",
        waiter_event=InputRequiredEvent(prefix=f"Publish {title} with the notes {state['notes']}?"),
    )
    return f"The editor says {response.response}."


research = FunctionAgent(
    name="research",
    description="Finds out about a topic.",
    system_prompt="You find out about a topic, then hand off to write.",
    llm=llm,
    tools=[record_notes],
    can_handoff_to=["write"],
)
write = FunctionAgent(
    name="write",
    description="Writes and publishes the report.",
    system_prompt="You write the report.",
    llm=llm,
    tools=[publish],
    can_handoff_to=["research"],
)

agent_workflow = AgentWorkflow(agents=[research, write], root_agent="research", initial_state={"notes": ""})
